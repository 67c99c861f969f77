using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Concurrency;

/// <summary>Calls that overlap are refused with a sentence, and the call that was first ends as if it were alone.</summary>
public sealed class ConcurrentUseTests
{
    [Fact]
    public async Task Client_SecondMessageDuringTraining_IsRefusedAndTheFirstGoesOn()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks" });
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        var training = new TaskCompletionSource();
        bench.Trainers[0].Before = (_, _) => training.Task;
        FederationClient client = bench.Clients[0];

        Task<IReadOnlyList<ReadOnlyMemory<byte>>> first = client.ReceiveAsync(invitation);
        Task second = client.ReceiveAsync(invitation);
        bool isRefused = second.IsFaulted;
        ReadOnlyMemory<byte> announcement = client.Announce();
        training.SetResult();
        isRefused.Should().BeTrue("it must not wait");
        await FluentActions.Awaiting(() => second).Should().ThrowAsync<ConcurrentUseException>().WithMessage("*FederationClient*one at a time*");
        ReadOnlyMemory<byte> upload = (await first).Single();

        bench.Trainers[0].Results.Should().ContainSingle();
        (await client.ReceiveAsync(invitation)).Single().ToArray().Should().Equal(upload.ToArray());
        bench.ReasonIn(bench.Server.Receive(upload)).Should().Be(RefusalReason.None);
        bench.ReasonIn(bench.Server.Receive(announcement)).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task Server_AnyCallDuringAnother_IsRefusedAndTheFirstGoesOn()
    {
        using TestBench bench = await TestBench.CreateAsync();
        var sampler = new Interfering();
        bench.Server.Dispose();
        bench.Server = sampler.Server = new FederationServer(bench.ServerSetup with { Sampler = sampler });
        bench.Clients.ForEach(client => bench.Server.Receive(client.Announce()));
        sampler.Message = bench.Clients[3].Announce();

        IReadOnlyList<OutgoingMessage> answers = bench.Server.StartUp();

        sampler.Failures.Should().HaveCount(5).And.AllBeOfType<ConcurrentUseException>();
        sampler.Failures.Should().OnlyContain(failure => failure.Message.Contains("FederationServer", StringComparison.Ordinal));
        answers.Count(message => message.Kind == MessageKind.Invitation).Should().Be(4);
        (bench.Server.Round, bench.Server.Phase).Should().Be((1, ServerPhase.Collecting));
    }

    /// <summary>A sampler that calls the server, from another thread, while the server waits for it.</summary>
    private sealed class Interfering : IClientSampler
    {
        public FederationServer? Server { get; set; }

        public ReadOnlyMemory<byte> Message { get; set; }

        public List<Exception> Failures { get; } = [];

        public IReadOnlyList<ClientId> Sample(int round, int attempt, IReadOnlyList<ClientId> candidates, int count)
        {
            Try(server => server.Handle(Message));
            Try(server => server.Advance());
            Try(server => server.ReportUnreachable(candidates[0]));
            Try(server => server.Start());
            Try(server => server.SaveState(new System.Buffers.ArrayBufferWriter<byte>()));
            return [.. candidates.Take(count)];
        }

        private void Try(Action<FederationServer> call)
        {
            var thread = new Thread(() =>
            {
                try
                {
                    call(Server!);
                }
                catch (InvalidOperationException exception)
                {
                    Failures.Add(exception);
                }
            });
            thread.Start();
            thread.Join();
        }
    }
}
