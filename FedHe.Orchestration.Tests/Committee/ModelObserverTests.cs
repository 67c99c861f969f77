using FedHe.Crypto.Errors;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Averaging;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>An observer that the job names reads what clients read, and nobody else does; it is not deceived by fewer than enough members.</summary>
public sealed class ModelObserverTests : IDisposable
{
    private const int Client = 4;
    private const int Liar = 0;

    private readonly BoxKeyPair _key = BoxKeyPair.Generate(KeyExchange.P256);

    [Fact]
    public async Task Observer_OfAJob_ReadsWhatClientsRead()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Observer = _key });
        var observer = new ModelObserver(bench.Job, _key);
        var averages = new List<AveragedModel>();
        bench.Network = (message, client, bytes) =>
        {
            if (message is AggregateMessage && client == bench.Name(Client))
            {
                observer.TryRead(bytes, bench.InitialModel, out AveragedModel? average).Should().BeNull();
                averages.Add(average!);
            }

            return bytes;
        };

        await bench.StartAsync();

        averages.Should().HaveCount(2);
        bench.CheckAverage(round: 2);
        TestModel.Flat(averages[1].Parameters).Should().Equal(TestModel.Flat(bench.Clients[Client].LatestAverage!.Parameters));
        averages[1].Contributions.Should().Be(5);
        bench.Reports.Should().OnlyContain(report => report.AggregateLength <= FederationPlan.Create(bench.Job, bench.ServerSetup.Context).LargestAggregateBytes);
    }

    [Fact]
    public async Task Plan_OfAJobWithAnObserver_SaysSo()
    {
        using CommitteeBench observed = await CommitteeBench.CreateAsync(new CommitteeOptions { Observer = _key });
        using CommitteeBench alone = await CommitteeBench.CreateAsync();

        FederationPlan.Create(observed.Job, observed.ServerSetup.Context).Remarks.Should().Contain(remark => remark.Contains("observer", StringComparison.Ordinal));
        FederationPlan.Create(alone.Job, alone.ServerSetup.Context).Remarks.Should().NotContain(remark => remark.Contains("observer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Key_ThatTheJobDoesNotName_IsRefused_AndOpensNoAnswer()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Observer = _key });
        using (lab)
        {
            using var other = BoxKeyPair.Generate(KeyExchange.P256);
            Opening opening = lab.Sum(attempt);
            RelayedAnswer answer = await lab.AnswerAsync(opening, Liar);

            ((Action)(() => _ = new ModelObserver(lab.Bench.Job, other))).Should().Throw<HeMismatchException>();
            Open(answer, _key).Should().NotBeNull();
            Open(answer, other).Should().BeNull();

            KeyShare? Open(RelayedAnswer sealedShare, BoxKeyPair pair) => AnswerCipher.TryOpen(
                sealedShare.Sealed.Span, lab.Sharing.Parameters, Liar, contributors: 5, pair, attempt.Attempt, opening.Chain, sealedShare.Member);
        }
    }

    [Fact]
    public async Task JobWithoutAnObserver_HasAnswersForClientsAlone()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            RelayedAnswer answer = await lab.AnswerAsync(lab.Sum(attempt), Liar);

            answer.Sealed.Length.Should().Be(AnswerCipher.LengthOf(lab.Sharing.Parameters, observer: null));
            ((Action)(() => _ = new ModelObserver(lab.Bench.Job, _key))).Should().Throw<HeMismatchException>();
        }
    }

    [Fact]
    public async Task AnswerWithoutABoxForTheObserver_CountsForNobody()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening, 0, 1, 2, 3);
            int length = AnswerCipher.LengthOf(lab.Sharing.Parameters, observer: null);
            answers[Liar] = lab.Signed(Liar, opening.List, answers[Liar].Sealed[..length]);

            Read(lab, opening, out _, answers).Should().Be(IgnoredReason.BadAnswers);
            ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(opening, answers));
            step.Ignored.Should().Be(IgnoredReason.BadAnswers, "an answer that clients read and the observer does not would set them apart");
        }
    }

    [Fact]
    public async Task FewerAnswersThanNeeded_AreRefused()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening, 0, 1, 2, 3);

            Read(lab, opening, out _, answers[1..]).Should().Be(IgnoredReason.BadAnswers);
            Read(lab, opening, out AveragedModel? average, answers).Should().BeNull();
            average.Should().NotBeNull();
        }
    }

    [Fact]
    public async Task WrongAnswer_BesideEnough_IsPassedOver()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Read(lab, opening, out AveragedModel? honest, answers).Should().BeNull();
            answers[Liar] = lab.WrongAnswer(Liar, opening.List);

            Read(lab, opening, out AveragedModel? average, answers).Should().BeNull();
            TestModel.Flat(average!.Parameters).Should().Equal(TestModel.Flat(honest!.Parameters));
        }
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(7, false)]
    public async Task AnswerThatMovesTheSumByOne_IsOutvoted_OrSeenAsAContradiction(int clients, bool isContradiction)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = clients, Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Read(lab, opening, out AveragedModel? honest, answers).Should().BeNull();
            answers[Liar] = MovedByOne(lab, opening, attempt, answers[Liar], [.. Enumerable.Range(1, lab.Threshold - 1)]);

            IgnoredReason? reason = Read(lab, opening, out AveragedModel? average, answers);

            reason.Should().Be(isContradiction ? IgnoredReason.BadAnswers : null);
            if (!isContradiction)
            {
                TestModel.Flat(average!.Parameters).Should().Equal(TestModel.Flat(honest!.Parameters));
            }
        }
    }

    [Fact]
    public async Task AggregateThatIsNotTheServersOrNotOfItsList_IsRefused()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Opening other = lab.Sum(attempt, 0, 1, 2);
            byte[] genuine = lab.Bench.FromServer(lab.AggregateOf(opening, answers));

            Read(lab, genuine, out _).Should().BeNull();
            Read(lab, CommitteeLab.Flipped(genuine, 8 * (genuine.Length - 1)), out _).Should().Be(IgnoredReason.ServerSignature);
            Read(lab, lab.Bench.FromServer(lab.AggregateOf(opening.List, other.Aggregate, answers)), out _).Should().Be(IgnoredReason.NotTheListedSum);
            byte[] changed = CommitteeLab.Flipped(opening.Aggregate, 8 * (opening.Aggregate.Length - 100));
            Read(lab, lab.Bench.FromServer(lab.AggregateOf(opening.List, changed, answers)), out _).Should().Be(IgnoredReason.NotTheListedSum);
            Read(lab, lab.Bench.FromServer(lab.AggregateOf(other, answers)), out _).Should().Be(IgnoredReason.BadAnswers);
            Read(lab, lab.Bench.FromServer(new MemberKeyRequest(lab.Bench.Job.JobId, 1)), out _).Should().Be(IgnoredReason.UnexpectedMessage);
            Read(lab, lab.Bench.FromServer(lab.AggregateOf(opening, answers) with { JobId = Guid.NewGuid() }), out _).Should().Be(IgnoredReason.NotForThisClient);
        }
    }

    [Fact]
    public async Task HostileBytes_AreRefused()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            AggregateMessage genuine = lab.AggregateOf(opening, await lab.AnswersAsync(opening));
            byte[] whole = lab.Bench.FromServer(genuine);
            var random = new Random(20261130);
            for (int i = 0; i < 200; i++)
            {
                // What a relay can do, and what a server that signs it can.
                Read(lab, Mutated(whole, random), out _).Should().NotBeNull();
                byte[] content = Mutated(genuine.Aggregate.ToArray(), random);
                Read(lab, lab.Bench.FromServer(new AggregateMessage(genuine.JobId, genuine.Round, content)), out AveragedModel? average);
                (average?.Contributions ?? 5).Should().Be(5);
            }
        }
    }

    public void Dispose() => _key.Dispose();

    private IgnoredReason? Read(CommitteeLab lab, Opening opening, out AveragedModel? average, params RelayedAnswer[] answers)
        => Read(lab, lab.Bench.FromServer(lab.AggregateOf(opening, answers)), out average);

    private IgnoredReason? Read(CommitteeLab lab, ReadOnlyMemory<byte> message, out AveragedModel? average)
        => new ModelObserver(lab.Bench.Job, _key).TryRead(message, lab.Bench.InitialModel, out average);

    /// <summary>The answer of a liar that moves every coefficient of the sum by one, where it is combined with certain members.</summary>
    private RelayedAnswer MovedByOne(CommitteeLab lab, Opening opening, LabAttempt attempt, RelayedAnswer honest, int[] others)
    {
        int contributors = opening.List.Contributors.Length;
        using KeyShare own = AnswerCipher.TryOpen(
            honest.Sealed.Span, lab.Sharing.Parameters, Liar, contributors, _key, attempt.Attempt, opening.Chain, honest.Member)!;
        ushort step = SharingField.Unit(Liar, others);
        byte[] moved = SharingField.BytesOf(SharingField.ElementsOf(own).Select(element => SharingField.Add(element, step)));
        KeyShare.TryRead(lab.Sharing.Parameters, Liar, contributors, moved, out KeyShare? wrong).Should().BeTrue();
        using KeyShare share = wrong!;
        return lab.SealedAnswer(Liar, opening.List, share);
    }

    private static byte[] Mutated(byte[] bytes, Random random)
    {
        byte[] mutated = [.. bytes];
        mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));
        return random.Next(4) == 0 ? mutated[..random.Next(mutated.Length)] : mutated;
    }
}
