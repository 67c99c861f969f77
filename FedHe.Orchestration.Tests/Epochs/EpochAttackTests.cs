using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Updates;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>What a client that left, and kept its group key, can still do: nothing in the epochs without it.</summary>
public sealed class EpochAttackTests
{
    private const int Leaver = 5;

    [Fact]
    public async Task Leaver_WithItsOldKey_OpensNoLaterSum_AndMakesNoTagOfIt()
    {
        using CommitteeBench bench = await WithoutAsync(Leaver);
        AggregateMessage aggregate = bench.Carried.Select(carried => carried.Message).OfType<AggregateMessage>().Last();
        FederationJob job = bench.Server.Job;
        aggregate.Round.Should().Be(3);
        FederationClientSetup setup = bench.ClientSetup(Leaver);
        var attacker = new RoundKeyExchange(setup with { Job = job });
        var client = new RoundKeyExchange(bench.ClientSetup(0) with { Job = job, Keys = bench.EpochKeys[0][^1] });

        AveragedModel? stolen = null;
        AveragedModel? right = null;
        attacker.TryOpenAgain(aggregate, (decryptor, sum, _) => stolen = decryptor.Decrypt(sum, bench.InitialModel)).Should().Be(IgnoredReason.BadTag);
        stolen.Should().BeNull();
        client.TryOpenAgain(aggregate, (decryptor, sum, _) => right = decryptor.Decrypt(sum, bench.InitialModel)).Should().BeNull("or the lines above prove nothing");
        TestModel.Flat(right!.Parameters).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel));

        ContributorList list = VerifiableAggregate.TryRead(aggregate.Aggregate)!.List;
        RelayedAnswer answer = CommitteeAnswers.TryRead(VerifiableAggregate.TryRead(aggregate.Aggregate)!.KeySum)!.Answers[0];
        SharingParameters sharing = RoundKeyProtocol.Of(job, bench.Keys[0].Context)!.Sharing!;
        KeyShare? Opened(FedHe.Orchestration.Keys.ClientKeys keys)
            => AnswerCipher.TryOpen(answer.Sealed.Span, AnswerPlace.Of(job, sharing, list, list.Chain, answer.Member), keys);
        Opened(bench.Keys[Leaver]).Should().BeNull();
        using KeyShare? opened = Opened(bench.EpochKeys[0][^1]);
        opened.Should().NotBeNull();
    }

    [Fact]
    public async Task Leaver_IsRefused_WhateverItSends_AndIgnoresWhateverItGets()
    {
        using CommitteeBench bench = await WithoutAsync(Leaver, holdsRound: 3);
        bench.Server.Round.Should().Be(3);
        var slot = new UploadSlot(bench.Job.JobId, 3, 1, bench.Name(Leaver));
        ClientMessage[] messages =
        [
            new Upload(slot, "update"u8.ToArray()),
            new MemberKeyMessage(bench.Job.JobId, bench.Name(Leaver), 2, 3, "key"u8.ToArray()),
            new BoxReport(bench.Job.JobId, bench.Name(Leaver), 3, 1, []),
            new ShareAnswer(bench.Job.JobId, bench.Name(Leaver), 3, default, "share"u8.ToArray()),
            new Confirmation(bench.Job.JobId, bench.Name(Leaver), 2, default),
            new Objection(bench.Job.JobId, bench.Name(Leaver), 2, default),
        ];

        foreach (ClientMessage message in messages)
        {
            bench.Server.Handle(MessageFormat.WriteSigned(message, bench.Parameters.Id, bench.Identities[Leaver])).Refusal
                .Should().Be(RefusalReason.OtherEpoch, "{0}", message.Kind);
        }

        ServerMessage[] answers =
        [
            new Invitation(slot, 2, default, 10, []) { Epoch = 2 },
            new Conclusion(bench.Job.JobId, FederationOutcome.QuorumNotReached, 2),
            new AggregateMessage(bench.Job.JobId, 3, "sum"u8.ToArray()),
        ];
        foreach (ServerMessage message in answers)
        {
            ClientStep step = await bench.Clients[Leaver].HandleAsync(bench.FromServer(message));
            (step.Ignored, step.Messages.Length).Should().Be((IgnoredReason.HasLeft, 0));
        }
    }

    [Fact]
    public async Task Keys_OfOneRoundInTheEpochBefore_AreNoneInThisOne()
    {
        // Without the guard, a member that left could open boxes of this epoch with its key of the epoch before.
        (CommitteeLab committee, Digest chain) = await EpochVoteTests.AfterRoundOneAsync();
        using (committee)
        {
            CommitteeBench bench = committee.Bench;
            ImmutableArray<RelayedMemberKey> old = await committee.RequestKeysAsync(round: 2);
            (await committee.SendAsync(4, committee.InvitationOf(4, 2, 1, old, baseRound: 1, start: chain))).Ignored
                .Should().BeNull("the client has verified these keys, and remembers them in their epoch");
            EpochPlan plan = EpochVoteTests.PlanOf(committee);
            EpochCertificate certificate = new EpochLab(bench).Certify(new EpochStatement(plan, 2, chain), bench.Job, 0, 1, 2, 3);
            foreach (int client in committee.All)
            {
                await committee.SendAsync(client, new EpochMessage(bench.Job.JobId, 2, certificate.Bytes));
                bench.Clients[client].Renew(await bench.RequestKeysAsync(client, certificate.Job));
            }

            MemberKeyRules.TryRead(old, bench.Job, 2).Should().NotBeNull();
            MemberKeyRules.TryRead(old, certificate.Job, 2).Should().BeNull();
            Invitation invitation = committee.InvitationOf(4, 2, 1, old, baseRound: 1, start: chain);
            (await committee.SendAsync(4, invitation with { Epoch = 2 })).Ignored.Should().Be(IgnoredReason.BadMemberKeys);
            (await committee.SendAsync(4, invitation)).Ignored.Should().Be(IgnoredReason.OtherEpoch);

            ClientStep step = await committee.SendAsync(0, new MemberKeyRequest(bench.Job.JobId, 2) { Epoch = 2 });
            var fresh = (MemberKeyMessage)bench.Parse(step.Messages.Single());
            fresh.Epoch.Should().Be(2);
            fresh.Key.ToArray().Should().NotEqual(old[0].Key.ToArray(), "the key of the epoch before was erased");
        }
    }

    [Fact]
    public async Task Upload_OfTheEpochBefore_IsRefusedInThisOne()
    {
        using CommitteeBench bench = await WithoutAsync(Leaver, holdsRound: 3);
        Invitation invitation = bench.Carried.Select(carried => carried.Message).OfType<Invitation>().Last(one => one.Slot.Client == bench.Name(0) && one.Slot.Round == 3);
        RoundKeyExchange before = new(bench.ClientSetup(0));

        // The client is in the epoch before, and has everything else right.
        ReadOnlyMemory<byte> update = Protect(bench, before, invitation);
        byte[] upload = MessageFormat.WriteSigned(new Upload(invitation.Slot, update), bench.Parameters.Id, bench.Identities[0]);

        bench.Server.Handle(upload).Refusal.Should().Be(RefusalReason.BadSeal);
    }

    [Fact]
    public async Task LastSumBeforeAnEpoch_IsFinal()
    {
        // Guard: without it objections of clients in league could take back a sum that the certificate is built on.
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], Rounds = 3, Quorum = 4, MaxAttempts = 4 });
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3, 4, 5]));
        bench.Network = (message, _, bytes) => message is Confirmation or Invitation { Slot.Round: 2 } ? null : bytes;
        await bench.StartAsync();
        (bench.Server.Job.EpochNumber, bench.Server.LastAggregatedRound).Should().Be((2, 1));
        Digest chain = bench.Server.Job.Epoch.Base;

        for (int client = 0; client < 6; client++)
        {
            byte[] objection = MessageFormat.WriteSigned(new Objection(bench.Job.JobId, bench.Name(client), 1, chain), bench.Parameters.Id, bench.Identities[client]);
            bench.Server.Handle(objection).Refusal.Should().Be(RefusalReason.WrongRound);
        }

        bench.Server.LastAggregatedRound.Should().Be(1);
    }

    [Fact]
    public async Task ResultOfTraining_IsNotEncryptedAgainInAnotherEpoch()
    {
        // Guard: an attempt of the epoch before may hold the result, and two sums with one result give the difference of the others away.
        (CommitteeLab committee, Digest chain) = await EpochVoteTests.AfterRoundOneAsync();
        using (committee)
        {
            CommitteeBench bench = committee.Bench;
            ImmutableArray<RelayedMemberKey> keys = await committee.RequestKeysAsync(round: 2);
            await committee.InviteAsync(2, 1, keys, baseRound: 1, start: chain, clients: 4);
            int trained = bench.Trainers[4].Results.Count;
            EpochCertificate certificate = new EpochLab(bench).Certify(
                new EpochStatement(EpochVoteTests.PlanOf(committee), 2, chain), bench.Job, 0, 1, 2, 3);
            var fresh = ImmutableArray.CreateBuilder<RelayedMemberKey>();
            foreach (int client in committee.All)
            {
                await committee.SendAsync(client, new EpochMessage(bench.Job.JobId, 2, certificate.Bytes));
                bench.Clients[client].Renew(await bench.RequestKeysAsync(client, certificate.Job));
                ClientStep key = await committee.SendAsync(client, new MemberKeyRequest(bench.Job.JobId, 2) { Epoch = 2 });
                fresh.Add(new RelayedMemberKey(
                    bench.Name(client), ((MemberKeyMessage)bench.Parse(key.Messages.Single())).Key.ToArray(), CommitteeLab.SignatureOf(key.Messages.Single())));
            }

            Invitation invitation = committee.InvitationOf(4, 2, 2, fresh.ToImmutable(), baseRound: 1, start: chain) with { Epoch = 2 };
            (await committee.SendAsync(4, invitation)).Messages.Should().ContainSingle();
            bench.Trainers[4].Results.Should().HaveCount(trained + 1);
        }
    }

    [Fact]
    public async Task Plan_ProposedInTheMiddleOfARound_IsOfferedAfterItsSum()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Rounds = 3, Quorum = 3 });
        bench.Network = (message, client, bytes) => message is Upload && client == bench.Name(3) ? null : bytes;
        await bench.StartAsync();
        bench.Server.Phase.Should().Be(ServerPhase.Collecting);
        await bench.ProposeAsync(bench.PlanEpoch([0, 1, 2, 3]));

        bench.Server.Phase.Should().Be(ServerPhase.Collecting);
        bench.Network = null;
        await bench.RunToEndAsync();

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        int[] order = [.. bench.Carried.Select(carried => carried.Message is AggregateMessage { Round: 1 } ? 1 : carried.Message is EpochOffer ? 2 : 0).Where(one => one > 0)];
        order[0].Should().Be(1);
        order.Should().Contain(2).And.BeInAscendingOrder();
    }

    /// <summary>Runs a job up to its end, or to a round, in whose second epoch a client is not any more.</summary>
    private static async Task<CommitteeBench> WithoutAsync(int leaver, int holdsRound = 0)
    {
        CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], Rounds = 3, ClientsPerRound = 6, Quorum = 4, MaxAttempts = 4 });
        await bench.ProposeAsync(bench.PlanEpoch([.. Enumerable.Range(0, 6).Where(client => client != leaver)]));
        if (holdsRound > 0)
        {
            EpochFederationTests.HoldAfter(bench, holdsRound - 1);
        }

        await bench.StartAsync();
        if (holdsRound > 0)
        {
            await bench.RunUntilAsync(() => bench.Server.LastAggregatedRound == holdsRound - 1 && bench.Server.Phase == ServerPhase.Collecting);
        }
        else
        {
            await bench.RunToEndAsync();
        }

        bench.Clients[leaver].Outcome.Should().Be(FederationOutcome.Left);
        return bench;
    }

    private static ReadOnlyMemory<byte> Protect(CommitteeBench bench, RoundKeyExchange before, Invitation invitation)
    {
        // A client would refuse the keys of members, which are of another epoch; an attacker takes them.
        var protocol = before.Protocol!;
        var inner = new FedHe.Crypto.KeyAdditive.KeyAdditiveContext(bench.Parameters, protocol.Options);
        var protector = new UploadProtector(protocol, inner, bench.Keys[0].TagKey, BoundPolicy.Refuse);
        ImmutableArray<BoxPublicKey> keys = [.. invitation.MemberKeys.Select(key =>
        {
            BoxPublicKey.TryRead(KeyExchange.P256, key.Key.Span, out BoxPublicKey? read).Should().BeTrue();
            return read!;
        })];
        var shared = new SharedKeyProtector(new RoundKeySharing(protocol.Sharing!), bench.Server.Job.Committee!, invitation.MemberKeys, keys, bench.Identities[0]);
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        protector.Protect(
            Attempt.Of(bench.Job, 3, invitation.Slot.Attempt, invitation.ReferenceWeight, invitation.BaseDigest),
            TestModel.Create(seed: 2),
            bench.Trainers[0].SampleCount,
            invitation.Slot,
            shared,
            bytes);
        return bytes.WrittenMemory;
    }
}
