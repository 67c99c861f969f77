using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A server that is saved and resumed after every message, in the middle of openings too, gives the same aggregates.</summary>
public sealed class ServerResumeTests
{
    [Fact]
    public async Task Server_SavedAndResumedAfterEveryMessage_SendsTheSameMessages()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4 });
        List<ReadOnlyMemory<byte>> toServer = await RecordAsync(bench);
        using var straight = new FederationServer(bench.ServerSetup);
        var interrupted = new FederationServer(bench.ServerSetup);
        ServerStep expected = straight.Start();
        interrupted = Interrupt(bench, interrupted, interrupted.Start(), out ServerStep actual);
        var aggregates = new List<AggregateMessage>();
        for (int i = 0; i < toServer.Count; i++)
        {
            (byte[] Key, int Client)[] wanted = [.. expected.Messages.Select(message => (ContentOf(bench, message), bench.IndexOf(message.Recipient!.Value)))];
            (byte[] Key, int Client)[] got = [.. actual.Messages.Select(message => (ContentOf(bench, message), bench.IndexOf(message.Recipient!.Value)))];
            got.Select(one => (Convert.ToHexString(one.Key), one.Client)).Should().Equal(wanted.Select(one => (Convert.ToHexString(one.Key), one.Client)), "message {0}", i);
            expected = straight.Handle(toServer[i]);
            interrupted = Interrupt(bench, interrupted, interrupted.Handle(toServer[i]), out actual);
            aggregates.AddRange(actual.Messages.Select(message => bench.Parse(message.Bytes)).OfType<AggregateMessage>());
        }

        (straight.Outcome, interrupted.Outcome).Should().Be((FederationOutcome.Completed, FederationOutcome.Completed));
        AggregateMessage[] carried = [.. bench.Carried.Select(one => one.Message).OfType<AggregateMessage>().DistinctBy(message => message.Round)];
        aggregates.DistinctBy(message => message.Round).Select(message => Convert.ToHexString(message.Aggregate.Span))
            .Should().Equal(carried.Select(message => Convert.ToHexString(message.Aggregate.Span)), "what clients opened is what the resumed server made");
        interrupted.Dispose();
    }

    [Fact]
    public async Task State_OlderThanTheNewest_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4 });
        List<ReadOnlyMemory<byte>> toServer = await RecordAsync(bench);
        using var server = new FederationServer(bench.ServerSetup);
        var states = new List<byte[]> { server.Start().State!.ToArray() };
        foreach (ReadOnlyMemory<byte> message in toServer)
        {
            if (server.Handle(message).State is SavedState state)
            {
                states.Add(state.ToArray());
            }
        }

        states.Count.Should().BeGreaterThan(30);
        StateStamp.TryRead(states[^1], out StateStamp? newest);
        foreach (byte[] state in states.SkipLast(1))
        {
            Action restore = () => FederationServer.Restore(bench.ServerSetup, state, newest);
            restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Outdated);
        }
    }

    private static async Task<List<ReadOnlyMemory<byte>>> RecordAsync(CommitteeBench bench)
    {
        var toServer = new List<ReadOnlyMemory<byte>>();
        bench.Network = (message, _, bytes) =>
        {
            if (message is ClientMessage)
            {
                toServer.Add(bytes);
            }

            return bytes;
        };
        await bench.StartAsync();
        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        return toServer;
    }

    private static FederationServer Interrupt(CommitteeBench bench, FederationServer server, ServerStep step, out ServerStep taken)
    {
        taken = step;
        var state = new System.Buffers.ArrayBufferWriter<byte>();
        server.SaveState(state);
        StateStamp newest = server.Stamp;
        server.Dispose();
        FederationServer resumed = FederationServer.Restore(bench.ServerSetup, state.WrittenMemory, newest);
        (resumed.Round, resumed.Attempt).Should().Be((newest.Round - (resumed.Outcome is null ? 0 : 1), newest.Attempt));
        resumed.Advance();
        return resumed;
    }

    /// <summary>The bytes of a message without its signature and without the stamp of the server's state.</summary>
    private static byte[] ContentOf(CommitteeBench bench, OutgoingMessage message)
        => bench.Parse(message.Bytes) switch
        {
            AggregateMessage aggregate => aggregate.Aggregate.ToArray(),
            ServerMessage other => MessageFormat.WriteSigned(other with { Stamp = default }, bench.Parameters.Id, bench.ServerIdentity)[..^MessageSignature.SizeInBytes],
            _ => [],
        };
}
