using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>Somebody looks at what a server saved, while it runs and when it does not, wherever its sums are.</summary>
public sealed class ServerStatusTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-sums");

    public void Dispose() => _folder.Delete(recursive: true);

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
        Directory.GetFiles(_folder.FullName, "*.sum").Length.Should().Be(isInFile ? 3 : 0);
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
            bench.ServerSetup with { SumFolder = Path.Combine(_folder.FullName, "elsewhere") }, state, [change], digest => digest == bench.DigestOf(uploads[0]) ? new MemoryStream(uploads[0].ToArray()) : null);

        (status.Round, status.Attempt, status.Phase).Should().Be((1, 1, ServerPhase.Collecting));
        status.Contributions.Select(contribution => contribution.Client).Should().Equal(bench.Clients[0].Client);
        FluentActions.Invoking(() => FederationServer.Look(bench.ServerSetup, state, [change])).Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.MessageMissing);
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
                bench.Server.ExcludedClients,
            },
            options => options.ComparingByValue<FederationJob>());
    }

    private Dictionary<string, DateTime> FilesAndTimes()
        => Directory.GetFiles(_folder.FullName).ToDictionary(file => file, File.GetLastWriteTimeUtc);

    private Task<TestBench> CreateAsync(JobProtection protection, bool isInFile) => TestBench.CreateAsync(
        new BenchOptions { Protection = protection, Rounds = 3, Update = new UpdateTerms(UpdateKind.Difference), SumFolder = isInFile ? _folder.FullName : null });
}
