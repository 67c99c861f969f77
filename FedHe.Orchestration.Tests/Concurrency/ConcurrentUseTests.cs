using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
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

        Task<IReadOnlyList<ReadOnlyMemory<byte>>> first = client.HandleAsync(invitation);
        Task second = client.HandleAsync(invitation);
        bool isRefused = second.IsFaulted;
        ReadOnlyMemory<byte> announcement = client.Announce();
        training.SetResult();
        isRefused.Should().BeTrue("it must not wait");
        await FluentActions.Awaiting(() => second).Should().ThrowAsync<InvalidOperationException>().WithMessage("*FederationClient*one at a time*");
        ReadOnlyMemory<byte> upload = (await first).Single();

        bench.Trainers[0].Results.Should().ContainSingle();
        (await client.HandleAsync(invitation)).Single().ToArray().Should().Equal(upload.ToArray());
        bench.ReasonIn(bench.Server.Handle(upload)).Should().Be(RefusalReason.None);
        bench.ReasonIn(bench.Server.Handle(announcement)).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task Server_AnyCallDuringAnother_IsRefusedAndTheFirstGoesOn()
    {
        using TestBench bench = await TestBench.CreateAsync();
        var sink = new Interfering();
        bench.Server.Dispose();
        bench.Server = sink.Server = new FederationServer(bench.ServerSetup with { Reports = sink });
        List<ReadOnlyMemory<byte>> uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        sink.Upload = uploads[3];

        List<OutgoingMessage> answers = [];
        uploads.ForEach(upload => answers.AddRange(bench.Server.Handle(upload)));

        sink.Failures.Should().HaveCount(5).And.AllBeOfType<InvalidOperationException>();
        sink.Failures.Should().OnlyContain(failure => failure.Message.Contains("FederationServer", StringComparison.Ordinal));
        answers.Count(message => message.Kind == MessageKind.Aggregate).Should().Be(4);
        (bench.Server.Round, bench.Server.Phase).Should().Be((2, ServerPhase.Collecting));
    }

    /// <summary>A report sink that calls the server, from another thread, while the server waits for the sink.</summary>
    private sealed class Interfering : IProgress<RoundReport>
    {
        public FederationServer? Server { get; set; }

        public ReadOnlyMemory<byte> Upload { get; set; }

        public List<Exception> Failures { get; } = [];

        public void Report(RoundReport value)
        {
            Try(server => server.Handle(Upload));
            Try(server => server.Advance());
            Try(server => server.ReportUnreachable(value.Selected[0]));
            Try(server => server.Start());
            Try(server => server.SaveState(new System.Buffers.ArrayBufferWriter<byte>()));
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
