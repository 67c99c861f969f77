using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

public sealed class SaveAndResumeTests
{
    [Theory]
    [InlineData("plain", Weighting.Clear)]
    [InlineData("ckks", Weighting.Clear)]
    [InlineData("ckks", Weighting.Hidden)]
    public async Task Server_SavedAndResumedAfterEveryMessage_SendsTheSameBytes(string scheme, Weighting weighting)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = scheme, Weighting = weighting, ClientsPerRound = 3 });
        var toServer = new Queue<ReadOnlyMemory<byte>>(bench.Clients.Select(client => client.Announce()));
        using var interrupted = new Interrupted(bench);
        await DeliverAsync(bench, Both(bench.Server.StartUp(), interrupted.Do(server => server.StartUp())), toServer);
        while (toServer.TryDequeue(out ReadOnlyMemory<byte> message))
        {
            await DeliverAsync(
                bench, Both(bench.Server.Receive(message), interrupted.Do(server => server.Receive(message))), toServer);
        }

        // The third client of round 2 never answers.
        bench.Time.Pass(TestBench.Deadline);
        Both(bench.Server.MoveOn(), interrupted.Do(server => server.MoveOn()));

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.Reports.Should().HaveCount(4, "both servers report both rounds");
        bench.Reports[0].Should().BeEquivalentTo(bench.Reports[1]);
        bench.Reports[2].Should().BeEquivalentTo(bench.Reports[3]);
    }

    [Fact]
    public async Task State_RoundAfterRound_DoesNotGrow()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 5 });
        IReadOnlyList<OutgoingMessage> messages = bench.StartWithAll();
        var lengths = new List<int>();
        while (bench.Server.Round < 5)
        {
            foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(messages)).Values)
            {
                messages = bench.Server.Receive(upload);
            }

            await bench.DeliverAsync(messages, MessageKind.Aggregate);
            lengths.Add(bench.SaveState().Length);
        }

        lengths.Should().HaveCount(4).And.OnlyContain(length => length == lengths[0]);
    }

    private static IReadOnlyList<OutgoingMessage> Both(IReadOnlyList<OutgoingMessage> straight, IReadOnlyList<OutgoingMessage> resumed)
    {
        resumed.Select(message => (message.Recipient, message.Kind)).Should().Equal(straight.Select(message => (message.Recipient, message.Kind)));
        for (int i = 0; i < straight.Count; i++)
        {
            TestBench.Unsigned(resumed[i].Bytes).AsSpan().SequenceEqual(TestBench.Unsigned(straight[i].Bytes))
                .Should().BeTrue("message {0} is a {1}", i, straight[i].Kind);
        }

        return straight;
    }

    /// <summary>Gives messages to their clients and queues the answers, except the last upload of round 2.</summary>
    private static async Task DeliverAsync(TestBench bench, IReadOnlyList<OutgoingMessage> messages, Queue<ReadOnlyMemory<byte>> toServer)
    {
        ClientId lost = messages.LastOrDefault(message => message.Kind == MessageKind.Invitation).Recipient ?? default;
        foreach (OutgoingMessage message in messages)
        {
            bool isLost = message.Kind == MessageKind.Invitation && message.Recipient == lost && bench.Server.Round == 2;
            foreach (ReadOnlyMemory<byte> answer in await bench.ClientOf(message).ReceiveAsync(message.Bytes))
            {
                if (!isLost)
                {
                    toServer.Enqueue(answer);
                }
            }
        }
    }

    /// <summary>A server that is saved, thrown away and restored after everything it does.</summary>
    private sealed class Interrupted(TestBench bench) : IDisposable
    {
        private FederationServer _server = new FederationServer(bench.ServerSetup).ReportingTo(bench.Reports);

        public IReadOnlyList<OutgoingMessage> Do(Func<FederationServer, IReadOnlyList<OutgoingMessage>> step)
        {
            IReadOnlyList<OutgoingMessage> messages = step(_server);
            var state = new System.Buffers.ArrayBufferWriter<byte>();
            _server.SaveState(state);
            StateStamp newest = _server.Stamp;
            _server.Dispose();
            _server = FederationServer.Restore(bench.ServerSetup, state.WrittenMemory, newest).ReportingTo(bench.Reports);

            // A host sends them once more; here nothing was lost.
            _server.MoveOn().Should().HaveCountLessThanOrEqualTo(messages.Count);
            return messages;
        }

        public void Dispose() => _server.Dispose();
    }
}
