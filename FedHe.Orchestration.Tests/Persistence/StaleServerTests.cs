using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Persistence;

/// <summary>A server that was resumed from an old backup, or twice, is found out before it does harm.</summary>
public sealed class StaleServerTests
{
    [Theory]
    [InlineData(JobProtection.Direct, 0)]
    [InlineData(JobProtection.Direct, 3)]
    [InlineData(JobProtection.RoundKeys, 0)]
    [InlineData(JobProtection.RoundKeys, 3)]
    public async Task Server_FromABackupOfBeforeAnAggregate_StopsWhenAClientHasTheAggregate(JobProtection protection, int uploadsInBackup)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        uploads[..uploadsInBackup].ToList().ForEach(upload => bench.Server.Receive(upload));
        byte[] backup = bench.SaveState();
        List<OutgoingMessage> closing = [.. uploads[uploadsInBackup..].SelectMany(upload => bench.Server.Receive(upload))];
        await bench.DeliverAsync(closing.Where(message => message.Recipient == new ClientId("c2")), MessageKind.Aggregate);

        using var restored = FederationServer.Restore(bench.ServerSetup, backup);
        restored.MoveOn();
        ServerStep step = restored.Handle(bench.Clients[1].Announce());
        bench.Time.Pass(TestBench.Deadline);
        ServerStep later = restored.Advance();

        step.Refusal.Should().Be(RefusalReason.Superseded);
        (step.State, restored.Phase).Should().Be((null, ServerPhase.Superseded));
        (later.Messages.Length, later.State).Should().Be((0, null));
        restored.Handle(bench.Clients[0].Announce()).Refusal.Should().Be(RefusalReason.Superseded);
        Action save = () => restored.SaveState(new System.Buffers.ArrayBufferWriter<byte>());
        save.Should().Throw<InvalidOperationException>();
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Server_FromABackupWithFewerUploadsThanItAcknowledged_ClosesOnlyWithAllOfThem(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        uploads[..2].ToList().ForEach(upload => bench.Server.Receive(upload));
        byte[] backup = bench.SaveState();
        await bench.DeliverAsync(bench.Server.Receive(uploads[2]), MessageKind.Acknowledgement);
        FederationClient acknowledged = bench.Clients[2];
        acknowledged.UnacknowledgedUpload.Should().BeNull();

        using var restored = FederationServer.Restore(bench.ServerSetup, backup);
        restored.MoveOn();
        IReadOnlyList<OutgoingMessage> answers = restored.Receive(acknowledged.Announce());
        await bench.DeliverAsync(answers, MessageKind.Acknowledgement);
        ReadOnlyMemory<byte> again = (await acknowledged.ReceiveAsync(answers.Single(message => message.Kind == MessageKind.Invitation).Bytes)).Single();
        bench.Clients.ForEach(client => restored.Receive(client.Announce()));
        restored.LoseContact(bench.Clients[3].Client);
        restored.LoseContact(acknowledged.Client);
        restored.Phase.Should().Be(ServerPhase.Collecting, "two uploads are a quorum, but a third one was acknowledged");
        IReadOnlyList<OutgoingMessage> closing = restored.Receive(again);

        again.ToArray().Should().Equal(uploads[2].ToArray(), "the same bytes, not a second encryption");
        closing.Should().Contain(message => message.Kind == MessageKind.Aggregate);
        restored.LastAggregatedRound.Should().Be(1);
    }

    [Fact]
    public async Task Server_FromABackup_DoesNotCloseBeforeEveryInvitedClientWasHeard()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        uploads[..3].ToList().ForEach(upload => bench.Server.Receive(upload));
        byte[] backup = bench.SaveState();
        bench.Time.Pass(TestBench.Deadline);

        using FederationServer known = bench.Restore(backup);
        known.MoveOn();
        using var restored = FederationServer.Restore(bench.ServerSetup, backup);
        restored.MoveOn();
        bench.Clients.Take(3).ToList().ForEach(client => restored.Receive(client.Announce()));
        bench.Time.Pass(TestBench.Deadline);
        IReadOnlyList<OutgoingMessage> repeated = restored.MoveOn();

        known.LastAggregatedRound.Should().Be(0);
        bench.Time.Pass(TestBench.Deadline);
        known.MoveOn();
        known.LastAggregatedRound.Should().Be(1, "the host knows that this is the newest state");
        repeated.Should().NotContain(message => message.Kind == MessageKind.Aggregate);
        (restored.Round, restored.Attempt).Should().Be((1, 2), "c4 may have uploaded, and its upload may have been acknowledged");
    }

    [Fact]
    public async Task Server_FromABackupOfBeforeTheAttempt_UsesItsNumberNoMore()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.Clients.Take(3).ToList().ForEach(client => bench.Server.Receive(client.Announce()));
        bench.Server.StartUp();
        byte[] backup = bench.SaveState();
        IReadOnlyList<OutgoingMessage> invitations = bench.Server.Receive(bench.Clients[3].Announce());
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(invitations);

        using var restored = FederationServer.Restore(bench.ServerSetup, backup);
        restored.MoveOn();
        List<OutgoingMessage> answers = [.. bench.Clients.SelectMany(client => restored.Receive(client.Announce()))];

        (restored.Round, restored.Attempt, restored.Phase).Should().Be((1, 2, ServerPhase.Collecting));
        bench.ReasonIn(restored.Receive(uploads.Values.First())).Should().Be(RefusalReason.WrongAttempt);
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> second = await bench.TrainAsync(answers);
        second.Should().HaveCount(4);
        bench.Trainers.Should().AllSatisfy(trainer => trainer.Results.Should().HaveCount(
            2, "the lost server may have published a sum of the first results, and a sum of other clients' would tell the difference"));
    }

    [Fact]
    public async Task TwoServers_OfOneState_AreFoundOutByClientsAndByEachOther()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] state = bench.SaveState();
        using FederationServer first = bench.Restore(state);
        using FederationServer second = bench.Restore(state);
        FederationClient client = bench.Clients[0];
        first.MoveOn();
        second.MoveOn();

        OutgoingMessage[] ofFirst = [.. first.Receive(client.Announce())];
        OutgoingMessage[] ofSecond = [.. second.Receive(client.Announce())];
        await client.ReceiveAsync(ofFirst[0].Bytes);
        IgnoredReason? followsFirst = client.LastIgnored;
        (await client.ReceiveAsync(ofSecond[1].Bytes)).Should().BeEmpty();

        followsFirst.Should().BeNull();
        client.LastIgnored.Should().Be(IgnoredReason.OtherServer);
        second.Handle(client.Announce()).Refusal.Should().Be(RefusalReason.Superseded);
        first.Handle(client.Announce()).Refusal.Should().Be(RefusalReason.None);
        bench.Server.Handle(client.Announce()).Refusal.Should().Be(RefusalReason.Superseded, "it lives on from before the restart");
        second.Stamp.MayReplace(first.Stamp).Should().BeFalse("and the host's store tells them apart too");
    }

    [Fact]
    public async Task Client_OfTheNextLife_HearsTheLastOneNoMore()
    {
        using TestBench bench = await TestBench.CreateAsync();
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        using FederationServer next = bench.Restore(bench.SaveState());
        next.MoveOn();
        FederationClient client = bench.Clients[0];
        await client.ReceiveAsync(next.Receive(client.Announce())[0].Bytes);

        (await client.ReceiveAsync(invitations[0].Bytes)).Should().BeEmpty();

        client.LastIgnored.Should().Be(IgnoredReason.OtherServer);
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Client_ThatMissedAnAggregateOfTheLastLife_GetsItFromTheNextOne(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        uploads.ToList().ForEach(upload => bench.Server.Receive(upload));
        bench.Server.Receive(bench.Clients[0].Announce());
        using FederationServer next = bench.Restore(bench.SaveState());
        next.MoveOn();
        FederationClient client = bench.Clients[3];
        foreach (OutgoingMessage answer in next.Receive(client.Announce()))
        {
            (await client.ReceiveAsync(answer.Bytes)).SelectMany(request => next.Receive(request)).ToList().ForEach(
                message => client.HandleAsync(message.Bytes).GetAwaiter().GetResult().Ignored.Should().BeNull());
        }

        client.ModelRound.Should().Be(1);
    }

    [Fact]
    public async Task Proof_ThatIsForgedOrOfAnotherJob_ProvesNothing()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using TestBench other = await TestBench.CreateAsync();
        bench.StartWithAll();
        using var thief = Orchestration.Identities.ServerIdentity.Create();
        var later = new Acknowledgement(bench.JobId, default, RefusalReason.None) { Stamp = bench.Server.Stamp with { Life = 9, Version = 99, Round = 9 } };
        byte[] forged = MessageFormat.WriteSigned(later, bench.Context.ParametersId, thief);
        byte[] ofAnotherJob = MessageFormat.WriteSigned(later with { JobId = other.JobId }, bench.Context.ParametersId, bench.ServerIdentity);
        byte[] genuine = MessageFormat.WriteSigned(later, bench.Context.ParametersId, bench.ServerIdentity);

        foreach (byte[] proof in new[] { forged, ofAnotherJob, genuine[..^1], [], [1, 2, 3] })
        {
            bench.Server.Handle(Announcement(proof)).Refusal.Should().Be(RefusalReason.None);
        }

        bench.Server.Handle(Announcement(new byte[513])).Refusal.Should().NotBe(RefusalReason.None);
        bench.Server.Phase.Should().Be(ServerPhase.Collecting);
        bench.Server.Handle(Announcement(genuine)).Refusal.Should().Be(RefusalReason.Superseded, "or the lines above prove nothing");

        byte[] Announcement(byte[] proof) => MessageFormat.WriteSigned(
            new Announcement(bench.JobId, bench.Identities[0].Client, bench.Job.Digest, bench.Terms.Mask.Digest, 10, false, 0, proof),
            bench.Context.ParametersId,
            bench.Identities[0]);
    }
}
