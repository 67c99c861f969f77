using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// Members lie about boxes, answer with nonsense or say nothing, and clients send boxes that do not open: as long as no more members than
/// the committee allows for do so, rounds are completed with all honest clients.
/// </summary>
public sealed class LyingMemberTests
{
    private const int Liar = 0;

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public async Task ReportsAgainstHonestClients_OfAsManyMembersAsMayBeCorrupt_AreIgnored(int members)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = members });
        int corrupt = bench.Committee.Corrupt;
        bench.Network = (message, client, bytes)
            => message is BoxReport report && bench.IndexOf(client) < corrupt ? Accuse(bench, report, [.. Enumerable.Range(1, members - 1)]) : bytes;

        await bench.StartAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2);
        bench.Reports.Should().HaveCount(2).And.OnlyContain(report => report.IsAggregated && report.Attempt == 1);
    }

    [Fact]
    public async Task ReportsAgainstAnHonestClient_OfMoreMembers_LeaveItOutOfTheRound_AndGiveNothingAway()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 5, Quorum = 3 });
        bench.Network = (message, client, bytes)
            => message is BoxReport { Round: 1, Attempt: 1 } report && bench.IndexOf(client) < 2 ? Accuse(bench, report, 4) : bytes;

        await bench.StartAsync();
        await bench.PassDeadlineAsync();

        ContributorList[] answered = ListsOf(bench);
        answered.Single(list => list.Round == 1).Contributors.Select(contributor => contributor.Client)
            .Should().Equal(Enumerable.Range(0, 4).Select(bench.Name), "the server cannot tell who lies, and repeats the round without the client");
        answered.Should().OnlyHaveUniqueItems(list => list.Round, "no round has two lists that members answered for");
        bench.CheckAverage(round: 2);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
    }

    [Fact]
    public async Task MemberThatSaysNothing_IsNotNeeded()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        bench.Network = (message, client, bytes)
            => message is MemberKeyMessage or BoxReport or ShareAnswer && client == bench.Name(Liar) ? null : bytes;

        await bench.StartAsync();
        for (int i = 0; i < 4; i++)
        {
            await bench.PassDeadlineAsync();
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2);
    }

    [Fact]
    public async Task MemberThatReportsAndDoesNotAnswer_IsNotNeeded()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        bench.Network = (message, client, bytes) => message is ShareAnswer && client == bench.Name(Liar) ? null : bytes;

        await bench.StartAsync();
        await bench.PassDeadlineAsync();
        await bench.PassDeadlineAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2);
    }

    [Fact]
    public async Task WrongAnswer_BeforeASlowHonestMember_DoesNotSpoilTheRound()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        const int Slow = 4;
        var held = new Queue<ReadOnlyMemory<byte>>();
        bool isHolding = true;
        bench.Network = (message, client, bytes) =>
        {
            if (message is ShareAnswer answer && client == bench.Name(Liar))
            {
                return MessageFormat.WriteSigned(
                    answer with { Sealed = new byte[answer.Sealed.Length] }, bench.Parameters.Id, bench.Identities[Liar]);
            }

            if (message is BoxReport && client == bench.Name(Slow) && isHolding)
            {
                held.Enqueue(bytes);
                return null;
            }

            return bytes;
        };

        await bench.StartAsync();
        for (int round = 1; round <= 2; round++)
        {
            // The members that were faster have all answered, one of them with nonsense, and no deadline has passed.
            held.Should().ContainSingle();
            isHolding = false;
            bench.Send(Slow, held.Dequeue());
            isHolding = round == 1;
            await bench.PumpAsync();
        }

        bench.Ignored.Should().NotContain(ignored => ignored.Reason == IgnoredReason.BadTag || ignored.Reason == IgnoredReason.BadAnswers);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task ClientWhoseBoxesAreBadForMembers_IsLeftOutWhereTheyAreTooMany_AndOthersGoOn(int members)
    {
        const int Bad = 4;
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Quorum = 3 });
        bench.Network = (message, client, bytes) => message is Upload { Slot.Round: 1 } upload && client == bench.Name(Bad)
            ? SpoilBoxes(bench, upload, Bad, members)
            : bytes;

        await bench.StartAsync();
        await bench.PassDeadlineAsync();
        await bench.PassDeadlineAsync();

        bool isLeftOut = members > bench.Committee.Corrupt;
        ContributorList list = ListsOf(bench).Single(answered => answered.Round == 1);
        list.Contributors.Any(contributor => contributor.Client == bench.Name(Bad)).Should().Be(!isLeftOut);
        list.AttemptNumber.Should().Be(isLeftOut ? 2 : 1);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2);
    }

    [Fact]
    public async Task SecondKeyOfARound_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        bench.Network = (message, _, bytes) => message is ShareAnswer ? null : bytes;
        await bench.StartAsync();
        var known = (MemberKeyMessage)bench.Carried.First(carried => carried.Message is MemberKeyMessage && carried.Client == bench.Name(Liar)).Message;
        using BoxKeyPair other = BoxKeyPair.Generate(bench.Committee.KeyExchange);

        HandleKey(known).Should().Be(RefusalReason.None, "the same key may be sent again");
        HandleKey(known with { Key = other.PublicKey.Bytes }).Should().Be(RefusalReason.ConflictingDuplicate);
        HandleKey(known with { Round = 2 }).Should().Be(RefusalReason.WrongRound);
        HandleKey(known with { Epoch = 2 }).Should().Be(RefusalReason.OtherEpoch);
        HandleKey(known with { Key = new byte[known.Key.Length] }).Should().Be(RefusalReason.NotAMember);

        RefusalReason HandleKey(MemberKeyMessage message)
            => bench.Server.Handle(MessageFormat.WriteSigned(message, bench.Parameters.Id, bench.Identities[Liar])).Refusal;
    }

    [Fact]
    public async Task AnswersAndReports_OfStrangersAndOfOtherRounds_AreRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3] });
        var forged = new List<ReadOnlyMemory<byte>>();
        bench.Network = (message, client, bytes) =>
        {
            if (message is ShareAnswer { Round: 1 } answer && forged.Count == 0)
            {
                forged.AddRange(
                [
                    Signed(answer with { Client = bench.Name(5) }, signer: 5),
                    Signed(answer with { Client = bench.Name(1) }, signer: 5),
                    Signed(answer with { Client = bench.Name(1), Round = 2 }, signer: 1),
                    Signed(answer with { Client = bench.Name(1), List = bench.Job.Digest }, signer: 1),
                    Signed(new BoxReport(bench.Job.JobId, bench.Name(5), 1, 1, []), signer: 5),
                    Signed(new BoxReport(bench.Job.JobId, bench.Name(1), 1, 2, []), signer: 1),
                    Signed(new BoxReport(bench.Job.JobId, bench.Name(1), 2, 1, []), signer: 1),
                    Signed(new BoxReport(bench.Job.JobId, bench.Name(1), 1, 1, [new ClientId("nobody")]), signer: 1),
                    Signed(new MemberKeyMessage(bench.Job.JobId, bench.Name(5), 1, 1, new byte[65]), signer: 5),
                ]);
                foreach (ReadOnlyMemory<byte> bad in forged)
                {
                    bench.Server.Handle(bad).Refusal.Should().NotBe(RefusalReason.None);
                }
            }

            return bytes;
        };

        await bench.StartAsync();

        forged.Should().HaveCount(9);
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2);

        byte[] Signed(ClientMessage message, int signer) => MessageFormat.WriteSigned(message, bench.Parameters.Id, bench.Identities[signer]);
    }

    private static ContributorList[] ListsOf(CommitteeBench bench)
        => [.. bench.Carried.Select(carried => carried.Message).OfType<AggregateMessage>()
            .Select(message => VerifiableAggregate.TryRead(message.Aggregate)!.List).DistinctBy(list => list.Chain)];

    private static byte[] Accuse(CommitteeBench bench, BoxReport report, params int[] clients)
        => MessageFormat.WriteSigned(
            report with { Failed = [.. clients.Select(bench.Name).Order()] }, bench.Parameters.Id, bench.Identities[bench.IndexOf(report.Client)]);

    /// <summary>Damages the boxes for the first members, and signs everything anew, as their sender can.</summary>
    private static byte[] SpoilBoxes(CommitteeBench bench, Upload upload, int client, int members)
    {
        ProtectedUpdate content = ProtectedUpdate.TryRead(upload.Update)!;
        SharedKey shared = SharedKey.TryRead(content.WrappedKey)!;
        Invitation invitation = bench.Carried.Select(carried => carried.Message).OfType<Invitation>().Last(sent => sent.Slot == upload.Slot);
        var attempt = new Attempt(bench.Job.Digest, upload.Slot.Round, upload.Slot.Attempt, invitation.ReferenceWeight, invitation.BaseDigest);
        ReadOnlyMemory<byte>[] boxes = [.. shared.Boxes.Select((box, i) => i < members ? CommitteeLab.Flipped(box, 8 * (box.Length - 1)) : box)];
        var contributor = new Contributor(bench.Name(client), bench.Trainers[client].SampleCount, content.Nonce);
        Digest digest = BoxDigests.Of(
            [.. invitation.MemberKeys.Select(key => (key.Member, key.KeyDigest))],
            [.. boxes.Select(box => Digest.Compute(box.Span))]);
        ContributionSeal seal = ContributionSeal.Sign(
            attempt, contributor, Digest.Compute(content.Tags.Span), digest, bench.Identities[client].Key);
        ProtectedUpdate spoiled = content with { WrappedKey = new SharedKey(seal.Signature, [.. boxes]).ToArray() };
        return MessageFormat.WriteSigned(new Upload(upload.Slot, spoiled.ToArray()), bench.Parameters.Id, bench.Identities[client]);
    }
}
