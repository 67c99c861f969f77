using FedHe.Crypto;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Inspections;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Torture;

/// <summary>
/// Server, authority and four clients are thrown away at every message and resumed from what they saved. The job ends, every
/// client has the same model, and with the same contributors it is the model of the undisturbed run.
/// </summary>
public sealed class TortureTests : IDisposable
{
    private readonly PasswordProtector _protector = new("correct horse battery");
    private readonly SumFiles _sums = new();

    /// <summary>A crash before the state is saved leaves the file of a sum ahead of the state.</summary>
    [Theory]
    [InlineData(JobProtection.Direct, 0, false)]
    [InlineData(JobProtection.Direct, 1, false)]
    [InlineData(JobProtection.Direct, 2, false)]
    [InlineData(JobProtection.RoundKeys, 0, false)]
    [InlineData(JobProtection.RoundKeys, 1, false)]
    [InlineData(JobProtection.RoundKeys, 2, false)]
    [InlineData(JobProtection.Direct, 0, true)]
    [InlineData(JobProtection.Direct, 1, true)]
    [InlineData(JobProtection.Direct, 2, true)]
    [InlineData(JobProtection.RoundKeys, 0, true)]
    [InlineData(JobProtection.RoundKeys, 1, true)]
    [InlineData(JobProtection.RoundKeys, 2, true)]
    public async Task Crash_AtEveryMessage_LosesNothing(JobProtection protection, int moment, bool hasSumsInFiles)
    {
        // The sample has every third message, or with files every seventh, in one of the three moments.
        int step = TortureScope.Step(hasSumsInFiles ? 7 : 3);
        using Torture undisturbed = await Torture.CreateAsync(protection, _protector);
        await undisturbed.RunAsync();
        undisturbed.Events.Should().BeGreaterThan(30);

        for (int crash = TortureScope.IsComplete ? 0 : moment; crash < undisturbed.Events; crash += step)
        {
            using Torture run = await Torture.CreateAsync(protection, _protector, crash, (CrashMoment)moment, sums: Sums(hasSumsInFiles));
            await run.RunAsync();
            ShouldEndLike(run, undisturbed, protection, crash);
            run.Superseded.Should().Be(0);
        }
    }

    /// <summary>Files are newer than the state that the server is set back to, and have what it does not know.</summary>
    [Theory]
    [InlineData(JobProtection.Direct, 0, false)]
    [InlineData(JobProtection.Direct, 3, false)]
    [InlineData(JobProtection.RoundKeys, 0, false)]
    [InlineData(JobProtection.RoundKeys, 4, false)]
    [InlineData(JobProtection.Direct, 1, true)]
    [InlineData(JobProtection.RoundKeys, 1, true)]
    public async Task Server_SetBackAtEveryMessage_OpensNoRoundForTwoListsAndEndsTheJob(JobProtection protection, int states, bool hasSumsInFiles)
    {
        using Torture undisturbed = await Torture.CreateAsync(protection, _protector);
        await undisturbed.RunAsync();
        for (int crash = 0; crash < undisturbed.Events; crash += TortureScope.Step(hasSumsInFiles ? 4 : 2))
        {
            using Torture run = await Torture.CreateAsync(protection, _protector, crash, CrashMoment.BeforeHandling, setBack: states, sums: Sums(hasSumsInFiles));
            await run.RunAsync();
            ShouldEndWithOneModel(run);
        }
    }

    [Fact]
    public async Task TwoServersOfOneState_AtEveryMessage_OpenNoRoundForTwoListsAndTheJobEnds()
    {
        using Torture undisturbed = await Torture.CreateAsync(JobProtection.RoundKeys, _protector);
        await undisturbed.RunAsync();
        int stopped = 0;
        for (int crash = 0; crash < undisturbed.Events; crash++)
        {
            using Torture run = await Torture.CreateAsync(JobProtection.RoundKeys, _protector, crash, CrashMoment.BeforeHandling, forks: true);
            await run.RunAsync();
            ShouldEndWithOneModel(run);
            stopped += run.Superseded;
        }

        stopped.Should().BeGreaterThan(5, "clients find the second server out");
    }

    [Theory]
    [InlineData(SpoiledTag.Segment, 0, false)]
    [InlineData(SpoiledTag.Segment, 1, false)]
    [InlineData(SpoiledTag.Segment, 2, false)]
    [InlineData(SpoiledTag.Key, 0, false)]
    [InlineData(SpoiledTag.Key, 1, false)]
    [InlineData(SpoiledTag.Key, 2, false)]
    [InlineData(SpoiledTag.Segment, 1, true)]
    [InlineData(SpoiledTag.Key, 2, true)]
    public async Task Crash_WithAnInspection_ExcludesTheSpoilerAndNobodyElse(SpoiledTag tag, int moment, bool hasSumsInFiles)
    {
        // Every fourth message of the sample crashes its party, in one of the three moments.
        int step = TortureScope.Step(12);
        using Torture undisturbed = await Torture.CreateAsync(JobProtection.RoundKeys, _protector, spoils: tag, sums: Sums(hasSumsInFiles));
        await undisturbed.RunAsync();
        for (int crash = TortureScope.IsComplete ? 0 : 4 * moment; crash < undisturbed.Events; crash += step)
        {
            using Torture run = await Torture.CreateAsync(JobProtection.RoundKeys, _protector, crash, (CrashMoment)moment, spoils: tag, sums: Sums(hasSumsInFiles));
            await run.RunAsync();
            run.Bench.Server.ExcludedClients.Keys.Should().Equal([run.Bench.Identities[3].Client], "crash {0}", crash);
            ShouldEndWithOneModel(run);
        }
    }

    [Fact]
    public async Task Authority_ThrownAwayBetweenRequests_GrantsTheKeysOfTheJob()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Protection = JobProtection.RoundKeys, Rounds = 1 });
        var saved = new System.Buffers.ArrayBufferWriter<byte>();
        bench.Authority.Save(saved, _protector);
        for (int i = 0; i < 4; i++)
        {
            // The answer to the first request is lost with the authority.
            using var lost = new KeyRequest(bench.Job, bench.Identities[i]);
            await bench.Authority.HandleAsync(lost.Bytes);
            using KeyAuthority resumed = KeyAuthority.Load(saved.WrittenSpan, _protector, bench.Context, bench.Roster, new RosterAuthenticator());
            using var request = new KeyRequest(bench.Job, bench.Identities[i]);
            ClientKeys keys = request.Open(bench.Context, (await resumed.HandleAsync(request.Bytes)).Answer);
            bench.Clients[i] = new FederationClient(bench.ClientSetup(i) with { Keys = keys });
        }

        List<OutgoingMessage> closing = [];
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            closing.AddRange(bench.Server.Receive(upload));
        }

        await bench.DeliverAsync(closing, Orchestration.Messages.MessageKind.Aggregate);
        bench.Clients.Should().OnlyContain(client => client.ModelRound == 1);
    }

    public void Dispose()
    {
        _protector.Dispose();
        _sums.Dispose();
    }

    /// <summary>Makes a folder for the sums of one run, or returns null for sums in memory.</summary>
    private string? Sums(bool areInFiles) => areInFiles ? _sums.Next() : null;

    private static void ShouldEndLike(Torture run, Torture undisturbed, JobProtection protection, int crash)
    {
        ShouldEndWithOneModel(run);
        double[] model = TestModel.Flat(run.Bench.Clients[0].GlobalModel);
        double[] expected = TestModel.Flat(undisturbed.Bench.Clients[0].GlobalModel);
        double bound = protection == JobProtection.Direct
            ? 0
            : 2 * 2 * (run.Bench.Clients[0].LatestAverage!.MaxErrorBound + undisturbed.Bench.Clients[0].LatestAverage!.MaxErrorBound);
        model.Zip(expected, (actual, wanted) => Math.Abs(actual - wanted)).Should().OnlyContain(
            error => error <= bound, "crash {0}: all four contributed to both rounds in both runs", crash);
    }

    private static void ShouldEndWithOneModel(Torture run)
    {
        run.Honest.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 2);
        run.Honest.Should().AllSatisfy(
            client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(run.Bench.Clients[0].GlobalModel)));
    }
}
