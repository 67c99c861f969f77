using System.Text;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
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
        await DeliverAsync(bench, Both(bench.Server.Start(), interrupted.Do(server => server.Start())), toServer);
        while (toServer.TryDequeue(out ReadOnlyMemory<byte> message))
        {
            await DeliverAsync(
                bench, Both(bench.Server.Handle(message), interrupted.Do(server => server.Handle(message))), toServer);
        }

        // The third client of round 2 never answers.
        bench.Time.Pass(TestBench.Deadline);
        Both(bench.Server.Advance(), interrupted.Do(server => server.Advance()));

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
                messages = bench.Server.Handle(upload);
            }

            await bench.DeliverAsync(messages, MessageKind.Aggregate);
            lengths.Add(bench.SaveState().Length);
        }

        lengths.Should().HaveCount(4).And.OnlyContain(length => length == lengths[0]);
    }

    [Fact]
    public async Task SavedState_Resumed_IsTheSameState()
    {
        using TestBench bench = await TestBench.CreateAsync();
        SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        bench.Server.Handle(uploads.Values.First());
        bench.Server.Handle(new byte[10]);
        byte[] state = bench.SaveState();

        bench.Server = FederationServer.Restore(bench.ServerSetup, state);

        bench.SaveState().Should().Equal(state);
        bench.Server.Dispose();
    }

    [Fact]
    public async Task SavedState_OfAnotherJob_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using TestBench other = await TestBench.CreateAsync();

        Action act = () => FederationServer.Restore(other.ServerSetup, bench.SaveState());

        act.Should().Throw<HeFormatException>();
    }

    [Fact]
    public async Task SavedState_WhoseLedgerAndSumDiffer_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        bench.Server.Handle(bench.SignedUpload(0, bench.Update(0)));
        byte[] state = bench.SaveState();
        int client = 48 + 32 + 2 + 8 + 8 + 4 + (4 * (2 + 2)) + 4 + 4 + 2;
        Encoding.ASCII.GetString(state, client, 2).Should().Be("c1", "or the line below changes something else");
        state[client + 1] = (byte)'2';

        Action act = () => FederationServer.Restore(bench.ServerSetup, state);

        act.Should().Throw<HeFormatException>().Which.Error.Should().Be(FormatError.Inconsistent);
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
            foreach (ReadOnlyMemory<byte> answer in await bench.ClientOf(message).HandleAsync(message.Bytes))
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
        private FederationServer _server = new(bench.ServerSetup);

        public IReadOnlyList<OutgoingMessage> Do(Func<FederationServer, IReadOnlyList<OutgoingMessage>> step)
        {
            IReadOnlyList<OutgoingMessage> messages = step(_server);
            var state = new System.Buffers.ArrayBufferWriter<byte>();
            _server.SaveState(state);
            _server.Dispose();
            _server = FederationServer.Restore(bench.ServerSetup, state.WrittenMemory);
            return messages;
        }

        public void Dispose() => _server.Dispose();
    }
}
