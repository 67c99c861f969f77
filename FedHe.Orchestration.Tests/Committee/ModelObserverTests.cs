using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Sums;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>An observer that the job names reads what clients read, and nobody else does; it is not deceived by fewer than enough members.</summary>
public sealed class ModelObserverTests : IDisposable
{
    private const int Client = 4;
    private const int Liar = 0;

    // Of four members, three of whom open, the first one counts 3, 8/3 or 2 times: its lie moves coefficients by 9, 8 or 6, of 84.
    private const ushort InRangeOfAll = 3;

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

            ObservedAnswer? Open(RelayedAnswer sealedShare, BoxKeyPair pair)
                => AnswerCipher.TryOpen(sealedShare.Sealed.Span, lab.PlaceOf(opening.List, Liar), pair);
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

    [Fact]
    public async Task LieThatMakesAPossibleSum_WithWhicheverMembersItIsCombined_IsPassedOver()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = 4, Observer = _key });
        using (lab)
        {
            // Four members, three of whom open: each of the four sums is possible, and three members agree on each.
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Read(lab, opening, out AveragedModel? honest, answers).Should().BeNull();
            using KeyShare lie = Moved(lab, opening, answers[Liar], InRangeOfAll);
            foreach (int[] others in new[] { new[] { 1, 2 }, [1, 3], [2, 3] })
            {
                SumOf(lab, opening, lie, answers, others).Should().NotBeNull("no bound of sums finds the lie beside {0} and {1}", others[0], others[1]);
            }

            answers[Liar] = lab.SealedAnswer(Liar, opening.List, lie);
            ReadsAs(honest, lab, opening, answers);
            Read(lab, opening, out _, answers[..3]).Should().Be(IgnoredReason.BadAnswers, "the right answers are one too few");
            (await lab.SendAsync(Liar + 1, lab.AggregateOf(opening, answers[..3]))).Ignored.Should().Be(IgnoredReason.BadAnswers, "clients say the same");
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    public async Task LiesOfAsManyMembersAsMayBeCorrupt_ArePassedOver(int members)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = members, Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Read(lab, opening, out AveragedModel? honest, answers).Should().BeNull();
            int corrupt = lab.Bench.Committee.Corrupt;
            int[] others = [.. Enumerable.Range(corrupt, lab.Threshold - corrupt)];
            for (int liar = 0; liar < corrupt; liar++)
            {
                // Together with these members, the liars move every coefficient of the sum by one each.
                int[] zeros = [.. Enumerable.Range(0, corrupt).Where(other => other != liar), .. others];
                using KeyShare lie = Moved(lab, opening, answers[liar], SharingField.Unit(liar, zeros), liar);
                answers[liar] = lab.SealedAnswer(liar, opening.List, lie, CheckAtZero(lab, opening.List, first: 0));
            }

            ReadsAs(honest, lab, opening, answers);
        }
    }

    [Fact]
    public async Task CheckOfALiar_IsNotBelieved()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = 4, Observer = _key });
        using (lab)
        {
            // The liar answers last, and knows the answers of the others, which clients open: its check fits the sum that its lie makes.
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Read(lab, opening, out AveragedModel? honest, answers).Should().BeNull();
            using KeyShare lie = Moved(lab, opening, answers[Liar], InRangeOfAll);
            int[] wrong = SumOf(lab, opening, lie, answers, [1, 2])!;
            using KeySumCheck check = CheckAtZero(lab, opening.List, wrong[0]);
            using (var hasher = new LinearHasher())
            {
                check.Verify(lab.Protocol.TryReadTags(opening.List.Tags.Span)![^1], wrong, RoundKey.LargestCoefficient, contributors: 4, hasher)
                    .Should().BeTrue("or the attack is none");
            }

            answers[Liar] = lab.SealedAnswer(Liar, opening.List, lie, check);

            ReadsAs(honest, lab, opening, answers);
            Read(lab, opening, out _, answers[..3]).Should().Be(IgnoredReason.BadAnswers);
        }
    }

    [Fact]
    public async Task WrongCheckBesideARightShare_DeniesNothing_AsLongAsMoreMembersThanMayBeCorruptAgree()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = 4, Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            Read(lab, opening, out AveragedModel? honest, answers).Should().BeNull();
            for (int liar = 0; liar < 2; liar++)
            {
                using KeyShare own = Moved(lab, opening, answers[liar], step: 0, liar);
                using KeySumCheck wrong = CheckAtZero(lab, opening.List, first: liar);
                answers[liar] = lab.SealedAnswer(liar, opening.List, own, wrong);
            }

            ReadsAs(honest, lab, opening, answers[1..]);
            ReadsAs(honest, lab, opening, answers);
            Read(lab, opening, out _, answers[..3]).Should().Be(IgnoredReason.BadAnswers, "one member alone gave the right check");
        }
    }

    [Fact]
    public async Task WrongTagOfTheKeys_IsRefused_AsClientsRefuseIt()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Observer = _key });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            byte[] tags = opening.List.Tags.ToArray();
            tags[^LinearTag.SizeInBytes] ^= 1;
            var wrong = new Opening(opening.List with { Tags = tags }, opening.Aggregate, opening.Deliveries);
            RelayedAnswer[] answers = await lab.AnswersAsync(wrong);

            Read(lab, wrong, out _, answers).Should().Be(IgnoredReason.BadAnswers);
            (await lab.SendAsync(Client, lab.AggregateOf(wrong, answers))).Ignored.Should().Be(IgnoredReason.BadAnswers);
        }
    }

    [Fact]
    public async Task OtherValuesThanWereUploaded_DeceiveTheObserver_AndNoClient()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Observer = _key });
        using (lab)
        {
            // Members see no values, and the observer cannot check their tags: this is what SECURITY.md says of it.
            Opening opening = lab.Sum(attempt);
            byte[] changed = CommitteeLab.Flipped(opening.Aggregate.ToMemory(), 8 * (opening.Aggregate.ToMemory().Length - 100));
            using EncryptedAggregate aggregate = new AggregateReader(lab.Protocol.Inner, lab.Protocol.Terms).Read(changed);
            ContributorList list = opening.List with
            {
                ContentDigests = ContentDigests.Of(aggregate, keySum: default, lab.Protocol.Lengths.ClearCount, maxDegreeOfParallelism: 1),
            };
            var forged = new Opening(list, SumBytes.Of(changed), opening.Deliveries);
            RelayedAnswer[] answers = await lab.AnswersAsync(forged);

            Read(lab, forged, out _, answers).Should().BeNull();
            (await lab.SendAsync(Client, lab.AggregateOf(forged, answers))).Ignored.Should().Be(IgnoredReason.BadTag);
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
            Read(lab, lab.Bench.FromServer(lab.AggregateOf(opening.List, other.Aggregate.ToMemory(), answers)), out _).Should().Be(IgnoredReason.NotTheListedSum);
            byte[] changed = CommitteeLab.Flipped(opening.Aggregate.ToMemory(), 8 * (opening.Aggregate.ToMemory().Length - 100));
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

    private void ReadsAs(AveragedModel? honest, CommitteeLab lab, Opening opening, RelayedAnswer[] answers)
    {
        Read(lab, opening, out AveragedModel? average, answers).Should().BeNull();
        TestModel.Flat(average!.Parameters).Should().Equal(TestModel.Flat(honest!.Parameters));
    }

    /// <summary>The share of a liar, moved by a step in every coefficient.</summary>
    private static KeyShare Moved(CommitteeLab lab, Opening opening, RelayedAnswer honest, ushort step, int liar = Liar)
    {
        AnswerPlace place = lab.PlaceOf(opening.List, liar);
        using KeyShare own = AnswerCipher.TryOpen(honest.Sealed.Span, place, lab.Bench.Keys[liar])!;
        byte[] moved = SharingField.BytesOf(SharingField.ElementsOf(own).Select(element => SharingField.Add(element, step)));
        KeyShare.TryRead(place.Sharing, place.Index, place.Contributors, moved, out KeyShare? share).Should().BeTrue();
        return share!;
    }

    /// <summary>Combines the liar's share with shares of other members, or returns null where the sum is impossible.</summary>
    private static int[]? SumOf(CommitteeLab lab, Opening opening, KeyShare lie, RelayedAnswer[] answers, int[] others)
    {
        KeyShare[] shares = [lie, .. others.Select(i => AnswerCipher.TryOpen(answers[i].Sealed.Span, lab.PlaceOf(opening.List, i), lab.Bench.Keys[i])!)];
        var sum = new int[lab.Sharing.Parameters.Length];
        bool isPossible = lab.Sharing.TryCombine(shares, sum);
        Array.ForEach(shares[1..], share => share.Dispose());
        return isPossible ? sum : null;
    }

    /// <summary>A check whose points are 0, where the hashes of a sum are its first coefficient: it holds for every sum with this one.</summary>
    private static KeySumCheck CheckAtZero(CommitteeLab lab, ContributorList list, int first)
    {
        var tag = new byte[LinearTag.SizeInBytes];
        lab.Protocol.TryReadTags(list.Tags.Span)![^1].CopyTo(tag);
        var bytes = new byte[KeySumCheck.SizeInBytes];
        long hash = first + (RoundKey.LargestCoefficient * list.Contributors.Length);
        for (int i = 0; i < tag.Length; i += sizeof(long))
        {
            long pad = (BinaryPrimitives.ReadInt64LittleEndian(tag.AsSpan(i)) - hash + TagModulus.Default.Prime) % TagModulus.Default.Prime;
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(tag.Length + i), pad);
        }

        KeySumCheck.TryRead(TagModulus.Default, bytes, out KeySumCheck? check).Should().BeTrue();
        return check!;
    }

    private static byte[] Mutated(byte[] bytes, Random random)
    {
        byte[] mutated = [.. bytes];
        mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));
        return random.Next(4) == 0 ? mutated[..random.Next(mutated.Length)] : mutated;
    }
}
