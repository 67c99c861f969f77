using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Updates;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>Somebody looks at what a server saved, while it runs and when it does not, wherever its sums are.</summary>
public sealed class ServerStatusTests : IDisposable
{
    private readonly SumFiles _sums = new();

    public void Dispose() => _sums.Dispose();

    [Theory]
    [InlineData(JobProtection.Direct, false)]
    [InlineData(JobProtection.Direct, true)]
    [InlineData(JobProtection.RoundKeys, false)]
    [InlineData(JobProtection.RoundKeys, true)]
    public async Task Look_AtAServerThatRuns_SaysWhatTheServerSaysAndTouchesNothing(JobProtection protection, bool isInFile)
    {
        using TestBench bench = await CreateAsync(protection, isInFile);
        List<byte[]> states = [];
        IReadOnlyList<OutgoingMessage> messages = bench.StartWithAll();
        ShouldLookLike(bench, bench.SaveState());
        for (int round = 1; round <= 3; round++)
        {
            ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(messages)).Values];
            byte[] state = bench.SaveState();
            List<ReadOnlyMemory<byte>> changes = [];
            foreach (ReadOnlyMemory<byte> upload in uploads[..^1])
            {
                changes.Add(bench.Server.Handle(upload).Change!.ToArray());
                ShouldLookLike(bench, state, changes);
            }

            messages = bench.Server.Receive(uploads[^1]);
            states.Add(bench.SaveState());
            await bench.DeliverAsync(messages, MessageKind.Aggregate);
            ShouldLookLike(bench, states[^1]);
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        _sums.Folder.GetFiles("*.sum", SearchOption.AllDirectories).Length.Should().Be(isInFile ? 3 : 0);
        FederationServer.Look(bench.ServerSetup, states[0]).LastAggregatedRound.Should().Be(1);
    }

    /// <summary>The process ended when an upload was in the file and not yet in a state, and its folder is not even there where somebody looks.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Look_AtAServerThatWasKilled_NeedsNoFile(JobProtection protection)
    {
        using TestBench bench = await CreateAsync(protection, isInFile: true);
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        byte[] state = bench.SaveState();
        ReadOnlyMemory<byte> change = bench.Server.Handle(new MemoryStream(uploads[0].ToArray())).Change!.ToArray();
        bench.Server.Handle(uploads[1]);
        bench.Server.Dispose();

        ServerStatus status = FederationServer.Look(
            bench.ServerSetup with { SumFolder = Path.Combine(_sums.Folder.FullName, "elsewhere") }, state, [change], digest => digest == bench.DigestOf(uploads[0]) ? new MemoryStream(uploads[0].ToArray()) : null);

        (status.Round, status.Attempt, status.Phase).Should().Be((1, 1, ServerPhase.Collecting));
        status.Contributions.Select(contribution => contribution.Client).Should().Equal(bench.Clients[0].Client);
        FluentActions.Invoking(() => FederationServer.Look(bench.ServerSetup, state, [change])).Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.MessageMissing);
    }

    [Fact]
    public async Task Look_AtAServerWithAWithdrawnClient_NamesIt()
    {
        using TestBench bench = await ControlBench.CreateAsync(rounds: 2);
        bench.StartWithAll();
        bench.Server.Receive(ControlBench.Withdrawal(bench, 3));

        ShouldLookLike(bench, bench.SaveState());

        FederationServer.Look(bench.ServerSetup, bench.SaveState()).WithdrawnClients.Should().Equal(bench.Clients[3].Client);
    }

    /// <summary>A host that looks with the setup of the server that it runs has neither events nor instruments twice.</summary>
    [Fact]
    public async Task Look_WithTheSetupOfAServerThatRuns_LeavesItsLogAlone()
    {
        using TestBench bench = await CreateAsync(JobProtection.Direct, isInFile: false);
        bench.StartWithAll();
        var log = new CountingLogger();

        FederationServer.Look(bench.ServerSetup with { Logger = log }, bench.SaveState()).Round.Should().Be(1);

        log.Count.Should().Be(0);
    }

    private void ShouldLookLike(TestBench bench, byte[] state, IReadOnlyList<ReadOnlyMemory<byte>>? changes = null)
    {
        var before = FilesAndTimes();

        ServerStatus status = FederationServer.Look(bench.ServerSetup, state, changes);

        FilesAndTimes().Should().Equal(before);
        status.Should().BeEquivalentTo(
            new
            {
                bench.Server.Job,
                bench.Server.Phase,
                bench.Server.Round,
                bench.Server.Attempt,
                bench.Server.LastAggregatedRound,
                bench.Server.Outcome,
                bench.Server.AvailableClients,
                bench.Server.AwaitedMembers,
                bench.Server.Contributions,
                bench.Server.WithdrawnClients,
                bench.Server.ExcludedClients,
            },
            options => options.ComparingByValue<FederationJob>());
    }

    private Dictionary<string, DateTime> FilesAndTimes()
        => _sums.Folder.GetFiles("*", SearchOption.AllDirectories).ToDictionary(file => file.FullName, file => file.LastWriteTimeUtc);

    private Task<TestBench> CreateAsync(JobProtection protection, bool isInFile) => TestBench.CreateAsync(
        new BenchOptions { Protection = protection, Rounds = 3, Update = new UpdateTerms(UpdateKind.Difference), SumFolder = isInFile ? _sums.Next() : null });

    private sealed class CountingLogger : ILogger<FederationServer>
    {
        public int Count { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Count++;
    }
}
