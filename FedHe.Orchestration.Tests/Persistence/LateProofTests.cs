using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Persistence;

/// <summary>A server with an older state is found out whatever else its clients have heard, and says nothing then.</summary>
public sealed class LateProofTests
{
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task OldBackup_WhoseMessagesArriveFirst_IsFoundOutAllTheSame(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        FederationClient client = bench.Clients[1];
        byte[] backup = await CloseARoundAsync(bench, client);
        client.ModelRound.Should().Be(1);

        using var restored = FederationServer.Restore(bench.ServerSetup, backup);
        foreach (OutgoingMessage message in restored.MoveOn().Where(message => message.Recipient == client.Client))
        {
            await client.ReceiveAsync(message.Bytes);
        }

        restored.Handle(client.Announce()).Refusal.Should().Be(RefusalReason.Superseded);
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task OldBackup_AfterAnOlderMessageCameAgain_IsFoundOutAllTheSame(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        FederationClient client = bench.Clients[1];
        ReadOnlyMemory<byte> early = bench.Server.Receive(client.Announce())[0].Bytes;
        byte[] backup = await CloseARoundAsync(bench, client);
        await client.ReceiveAsync(early);

        using var restored = FederationServer.Restore(bench.ServerSetup, backup);
        restored.MoveOn();

        restored.Handle(client.Announce()).Refusal.Should().Be(RefusalReason.Superseded);
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task LaterLife_ThatSpeaksUnasked_HearsTheProofAtOnceAndBeforeATraining(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = protection });
        FederationClient client = bench.Clients[1];
        byte[] backup = await CloseARoundAsync(bench, client);
        int trainings = bench.Trainers[1].Results.Count;
        using var restored = FederationServer.Restore(bench.ServerSetup, backup);
        restored.Advance();
        OutgoingMessage unasked = restored.Handle(bench.Clients[2].Announce()).Messages[0];

        ReadOnlyMemory<byte> answer = (await client.ReceiveAsync(unasked.Bytes)).Should().ContainSingle().Which;

        bench.Trainers[1].Results.Should().HaveCount(trainings);
        restored.Handle(answer).Refusal.Should().Be(RefusalReason.Superseded);
    }

    [Fact]
    public async Task LaterLife_ThatLacksNothing_InvitesTheClientAgainOnceItHasTheProof()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        FederationClient client = bench.Clients[1];
        await client.ReceiveAsync(bench.Server.Receive(client.Announce())[0].Bytes);
        using FederationServer restored = bench.Restore(bench.SaveState());
        OutgoingMessage invitation = restored.MoveOn().Single(message => message.Recipient == client.Client && message.Kind == MessageKind.Invitation);

        ReadOnlyMemory<byte> proof = (await client.ReceiveAsync(invitation.Bytes)).Should().ContainSingle().Which;
        bench.Parse(proof).Should().BeOfType<Announcement>();
        bench.Trainers[1].Results.Should().BeEmpty();
        IReadOnlyList<OutgoingMessage> answers = restored.Receive(proof);
        (await bench.TrainAsync(answers)).Should().ContainSingle();

        bench.ReasonIn(answers).Should().Be(RefusalReason.None);
        bench.Trainers[1].Results.Should().ContainSingle();
    }

    [Fact]
    public async Task Proof_OfAnEarlierLife_IsSentAtOnceOnlyOnceForALife()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        FederationClient client = bench.Clients[1];
        await client.ReceiveAsync(bench.Server.Receive(client.Announce())[0].Bytes);
        using FederationServer restored = bench.Restore(bench.SaveState());
        byte[] later = restored.MoveOn().First(message => message.Recipient == bench.Clients[0].Client && message.Kind == MessageKind.Invitation).Bytes.ToArray();
        byte[] forged = [.. later];
        forged[^1] ^= 1;

        (await client.ReceiveAsync(forged)).Should().BeEmpty("nobody but the server begins a life");
        (await client.ReceiveAsync(later)).Should().ContainSingle("whomever the message was for, the server has signed it");
        for (int i = 0; i < 10; i++)
        {
            (await client.ReceiveAsync(later)).Should().BeEmpty("a message that arrives again begins no life");
        }
    }

    [Fact]
    public async Task SupersededServer_SaysNothingElse()
    {
        using TestBench bench = await TestBench.CreateAsync();
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        byte[] backup = bench.SaveState();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(invitations)).Values];
        List<OutgoingMessage> closing = [.. uploads.SelectMany(upload => bench.Server.Receive(upload))];
        FederationClient client = bench.Clients[1];
        await bench.DeliverAsync(closing.Where(message => message.Recipient == client.Client), MessageKind.Aggregate);

        using var restored = FederationServer.Restore(bench.ServerSetup, backup);
        ServerStep step = restored.Handle(client.Announce());

        step.Refusal.Should().Be(RefusalReason.Superseded);
        step.State.Should().BeNull();
        step.Messages.Should().OnlyContain(message => message.Kind == MessageKind.Acknowledgement);
    }

    [Fact]
    public async Task SupersededServer_WhoseDeadlinePassed_PublishesNothing()
    {
        using TestBench bench = await TestBench.CreateAsync();
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(invitations)).Values];
        uploads[..2].ToList().ForEach(upload => bench.Server.Receive(upload));
        byte[] state = bench.SaveState();
        using FederationServer other = bench.Restore(state);
        other.MoveOn();
        FederationServer old = bench.Server;
        FederationClient client = bench.Clients[1];
        await client.ReceiveAsync(other.Receive(client.Announce())[0].Bytes);
        bench.Time.Pass(TestBench.Deadline);

        ServerStep step = old.Handle(client.Announce());

        step.Refusal.Should().Be(RefusalReason.Superseded);
        step.State.Should().BeNull();
        step.Messages.Should().OnlyContain(message => message.Kind == MessageKind.Acknowledgement);
    }

    [Fact]
    public async Task LaterLife_ThatAcknowledgesAnAnnouncement_HearsNoOtherOne()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[1];
        byte[] backup = await CloseARoundAsync(bench, client);
        using FederationServer restored = bench.Restore(backup);
        restored.Receive(client.Announce());
        OutgoingMessage answer = restored.Receive(client.Announce()).First(message => message.Recipient == client.Client);
        bench.Parse(answer.Bytes).Should().BeOfType<Acknowledgement>();

        (await client.ReceiveAsync(answer.Bytes)).Should().BeEmpty("the client would announce itself to every life of a server that restarts often");
    }

    /// <summary>Closes a round, delivers its aggregate to one client, and returns the state from before the uploads.</summary>
    private static async Task<byte[]> CloseARoundAsync(TestBench bench, FederationClient client)
    {
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        byte[] backup = bench.SaveState();
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(invitations)).Values];
        List<OutgoingMessage> closing = [.. uploads.SelectMany(upload => bench.Server.Receive(upload))];
        await bench.DeliverAsync(closing.Where(message => message.Recipient == client.Client), MessageKind.Aggregate);
        return backup;
    }
}
