using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Client;

/// <summary>Newer messages end a training that serves nothing any more.</summary>
public sealed class NoticeTests
{
    [Theory]
    [InlineData("next round")]
    [InlineData("aggregate")]
    [InlineData("conclusion")]
    [InlineData("published")]
    public async Task Client_NewerMessageDuringTraining_CancelsIt(string newer)
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        var invitation = (Invitation)bench.Parse(bench.StartWithAll()[0].Bytes);
        bench.Trainers[0].Before = (_, token) => Task.Delay(Timeout.Infinite, token);
        Task<ClientStep> training = client.HandleAsync(bench.FromServer(invitation));
        training.IsCompleted.Should().BeFalse();

        bool isPointless = client.Notice(bench.FromServer(newer switch
        {
            "next round" => new Invitation(bench.Slot(0, round: 2, attempt: 1), Digest.Compute("aggregate"u8), 1),
            "aggregate" => new AggregateMessage(bench.JobId, 1, new byte[10]),
            "conclusion" => new Conclusion(bench.JobId, FederationOutcome.QuorumNotReached, 0),
            _ => invitation with { Slot = bench.Slot(0, attempt: 2), WasPublished = true },
        }));
        ClientStep step = await training;

        isPointless.Should().BeTrue();
        (step.Ignored, step.Messages.Length, step.State).Should().Be((IgnoredReason.Overtaken, 0, null));
        bench.Trainers[0].Before = null;
        (await client.HandleAsync(bench.FromServer(invitation))).Messages.Should().ContainSingle("the client can be used as before");
    }

    [Fact]
    public async Task Client_NewAttemptDuringTraining_KeepsTheResultForItAndSendsOneUpload()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        var invitation = (Invitation)bench.Parse(bench.StartWithAll()[0].Bytes);
        byte[] next = bench.FromServer(invitation with { Slot = bench.Slot(0, attempt: 2) });
        var trained = new TaskCompletionSource();
        bench.Trainers[0].Before = (_, _) => trained.Task;
        Task<ClientStep> training = client.HandleAsync(bench.FromServer(invitation));

        client.Notice(next).Should().BeTrue();
        trained.SetResult();
        ClientStep overtaken = await training;
        ClientStep step = await client.HandleAsync(next);

        (overtaken.Ignored, overtaken.Messages.Length).Should().Be((IgnoredReason.Overtaken, 0));
        overtaken.State.Should().NotBeNull("the result is worth saving");
        ((Upload)bench.Parse(step.Messages.Single())).Slot.Attempt.Should().Be(2);
        bench.Trainers[0].Results.Should().ContainSingle();
    }

    [Theory]
    [InlineData("same invitation")]
    [InlineData("other client")]
    [InlineData("acknowledgement")]
    [InlineData("forged")]
    public async Task Client_OtherMessageDuringTraining_DisturbsNothing(string other)
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var relay = ServerIdentity.Create();
        FederationClient client = bench.Clients[0];
        var invitation = (Invitation)bench.Parse(bench.StartWithAll()[0].Bytes);
        var trained = new TaskCompletionSource();
        bench.Trainers[0].Before = (_, token) => trained.Task.WaitAsync(token);
        Task<ClientStep> training = client.HandleAsync(bench.FromServer(invitation));
        var conclusion = new Conclusion(bench.JobId, FederationOutcome.QuorumNotReached, 0);

        bool isPointless = client.Notice(other switch
        {
            "same invitation" => bench.FromServer(invitation),
            "other client" => bench.FromServer(invitation with { Slot = new UploadSlot(bench.JobId, 1, 2, new ClientId("c2")) }),
            "acknowledgement" => bench.FromServer(new Acknowledgement(bench.JobId, bench.Terms.Digest, RefusalReason.TooLate)),
            _ => MessageFormat.WriteSigned(conclusion, bench.Context.ParametersId, relay),
        });
        trained.SetResult();

        isPointless.Should().BeFalse();
        (await training).Messages.Should().ContainSingle();
        client.Notice(bench.FromServer(conclusion)).Should().BeFalse("no training is in progress");
    }

    [Fact]
    public async Task Client_HostThatCancelsAnOvertakenTraining_SeesItsOwnCancellation()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationClient client = bench.Clients[0];
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        using var cancellation = new CancellationTokenSource();
        bench.Trainers[0].Before = (_, token) =>
        {
            cancellation.Cancel();
            return Task.Delay(Timeout.Infinite, token);
        };

        Func<Task> act = () => client.HandleAsync(invitation, cancellation.Token);

        await act.Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Client_MessageOfAnEarlierLifeDuringTraining_DisturbsNothing()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        FederationClient client = bench.Clients[0];
        byte[] ofEarlierLife = bench.FromServer(new Conclusion(bench.JobId, FederationOutcome.QuorumNotReached, 0));
        using FederationServer next = bench.Restore(bench.SaveState());
        next.MoveOn();
        ReadOnlyMemory<byte> invitation = next.Receive(client.Announce()).Single(message => message.Kind == MessageKind.Invitation).Bytes;
        var trained = new TaskCompletionSource();
        bench.Trainers[0].Before = (_, token) => trained.Task.WaitAsync(token);
        Task<ClientStep> training = client.HandleAsync(invitation);

        bool isPointless = client.Notice(ofEarlierLife);
        trained.SetResult();

        isPointless.Should().BeFalse();
        (await training).Messages.Should().ContainSingle();
    }
}
