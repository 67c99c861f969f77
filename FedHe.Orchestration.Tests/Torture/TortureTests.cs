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
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-sums");

    [Theory]
    [InlineData(JobProtection.Direct, 0)]
    [InlineData(JobProtection.Direct, 1)]
    [InlineData(JobProtection.Direct, 2)]
    [InlineData(JobProtection.RoundKeys, 0)]
    [InlineData(JobProtection.RoundKeys, 1)]
    [InlineData(JobProtection.RoundKeys, 2)]
    public async Task Crash_AtEveryMessage_LosesNothing(JobProtection protection, int moment)
    {
        // The sample has every third message, in one of the three moments.
        int step = TortureScope.Step(3);
        using Torture undisturbed = await Torture.CreateAsync(protection, _protector);
        await undisturbed.RunAsync();
        undisturbed.Events.Should().BeGreaterThan(30);

        for (int crash = TortureScope.IsComplete ? 0 : moment; crash < undisturbed.Events; crash += step)
        {
            using Torture run = await Torture.CreateAsync(protection, _protector, crash, (CrashMoment)moment);
            await run.RunAsync();
            ShouldEndLike(run, undisturbed, protection, crash);
            run.Superseded.Should().Be(0);
        }
    }

    /// <summary>A crash before the state is saved leaves the file of the sum ahead of the state.</summary>
    [Theory]
    [InlineData(JobProtection.Direct, 0)]
    [InlineData(JobProtection.Direct, 1)]
    [InlineData(JobProtection.Direct, 2)]
    [InlineData(JobProtection.RoundKeys, 0)]
    [InlineData(JobProtection.RoundKeys, 1)]
    [InlineData(JobProtection.RoundKeys, 2)]
    public async Task Crash_WithSumsInFiles_LosesNothing(JobProtection protection, int moment)
    {
        int step = TortureScope.Step(7);
        using Torture undisturbed = await Torture.CreateAsync(protection, _protector);
        await undisturbed.RunAsync();
        for (int crash = TortureScope.IsComplete ? 0 : moment; crash < undisturbed.Events; crash += step)
        {
            using Torture run = await Torture.CreateAsync(protection, _protector, crash, (CrashMoment)moment, sums: Sums);
            await run.RunAsync();
            ShouldEndLike(run, undisturbed, protection, crash);
            run.Superseded.Should().Be(0);
        }
    }

    [Theory]
    [InlineData(SpoiledTag.Segment)]
    [InlineData(SpoiledTag.Key)]
    public async Task Crash_WithAnInspectionAndSumsInFiles_ExcludesTheSpoilerAndNobodyElse(SpoiledTag tag)
    {
        using Torture undisturbed = await Torture.CreateAsync(JobProtection.RoundKeys, _protector, spoils: tag, sums: Sums);
        await undisturbed.RunAsync();
        for (int crash = 0; crash < undisturbed.Events; crash += TortureScope.Step(12))
        {
            using Torture run = await Torture.CreateAsync(JobProtection.RoundKeys, _protector, crash, (CrashMoment)(crash / 12 % 3), spoils: tag, sums: Sums);
            await run.RunAsync();
            run.Bench.Server.ExcludedClients.Keys.Should().Equal([run.Bench.Identities[3].Client], "crash {0}", crash);
            ShouldEndWithOneModel(run);
        }
    }

    [Theory]
    [InlineData(JobProtection.Direct, 0)]
    [InlineData(JobProtection.Direct, 3)]
    [InlineData(JobProtection.RoundKeys, 0)]
    [InlineData(JobProtection.RoundKeys, 4)]
    public async Task Server_SetBackAtEveryMessage_OpensNoRoundForTwoListsAndEndsTheJob(JobProtection protection, int states)
    {
        using Torture undisturbed = await Torture.CreateAsync(protection, _protector);
        await undisturbed.RunAsync();
        for (int crash = 0; crash < undisturbed.Events; crash += TortureScope.Step(2))
        {
            using Torture run = await Torture.CreateAsync(protection, _protector, crash, CrashMoment.BeforeHandling, setBack: states);
            await run.RunAsync();
            ShouldEndWithOneModel(run);
        }
    }

    /// <summary>The files are newer than the state, and have what it does not know.</summary>
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Server_SetBackWithSumsInFiles_EndsTheJob(JobProtection protection)
    {
        using Torture undisturbed = await Torture.CreateAsync(protection, _protector);
        await undisturbed.RunAsync();
        for (int crash = 0; crash < undisturbed.Events; crash += TortureScope.Step(4))
        {
            using Torture run = await Torture.CreateAsync(protection, _protector, crash, CrashMoment.BeforeHandling, setBack: 1, sums: Sums);
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
    [InlineData(SpoiledTag.Segment, 0)]
    [InlineData(SpoiledTag.Segment, 1)]
    [InlineData(SpoiledTag.Segment, 2)]
    [InlineData(SpoiledTag.Key, 0)]
    [InlineData(SpoiledTag.Key, 1)]
    [InlineData(SpoiledTag.Key, 2)]
    public async Task Crash_WithAnInspection_ExcludesTheSpoilerAndNobodyElse(SpoiledTag tag, int moment)
    {
        // Every fourth message of the sample crashes its party, in one of the three moments.
        int step = TortureScope.Step(12);
        using Torture undisturbed = await Torture.CreateAsync(JobProtection.RoundKeys, _protector, spoils: tag);
        await undisturbed.RunAsync();
        for (int crash = TortureScope.IsComplete ? 0 : 4 * moment; crash < undisturbed.Events; crash += step)
        {
            using Torture run = await Torture.CreateAsync(JobProtection.RoundKeys, _protector, crash, (CrashMoment)moment, spoils: tag);
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
        _folder.Delete(recursive: true);
    }

    /// <summary>A folder for the sums of one run.</summary>
    private string Sums => _folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;

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
