using FedHe.Crypto.Errors;
using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.MLBridge.Errors;
using FedHe.PrivacyAudit.Attacks;
using FedHe.PrivacyAudit.Errors;
using FedHe.PrivacyAudit.Reporting;
using FedHe.PrivacyAudit.Runs;
using FedHe.PrivacyAudit.Selection;
using FedHe.PrivacyAudit.Tests.Support;

namespace FedHe.PrivacyAudit.Tests.Runs;

public sealed class AuditRunTests : IDisposable
{
    private static readonly Model Model = SmallModels.Convolutional();

    private readonly string _folder = Directory.CreateTempSubdirectory("fedhe-audit").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Store_InAFolderThatCannotBeWrittenTo_IsRefusedBeforeAnyAttempt()
    {
        string folder = Directory.CreateTempSubdirectory("fedhe-").FullName;
        try
        {
            FluentActions.Invoking(() => new AttemptStore(Path.Combine(folder, "absent", "attempts.jsonl"))).Should().Throw<IOException>();
            FluentActions.Invoking(() => new AttemptStore(folder)).Should().Throw<UnauthorizedAccessException>();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Run_OfAPlan_RecoversWhatIsClearAndNotWhatIsEncrypted()
    {
        IReadOnlyList<AuditResult> results = new AuditRun(Plan([0, 1]), new AttemptStore()).Execute(null, default);

        results.Select(result => result.IsRecovered).Should().Equal(true, true, false, false);
        results[0].Restarts.Should().BeLessThanOrEqualTo(2);
        results[2].Restarts.Should().Be(2, "a start that fails is followed by another");
        Recommendation.Of(results, "random", attack: null, threshold: 0.3).Unleaked.Should().Be(1);
    }

    [Fact]
    public void Run_CancelledAndResumed_GivesWhatAnUninterruptedRunGives()
    {
        string path = Path.Combine(_folder, "attempts.jsonl");
        IReadOnlyList<AuditResult> expected = new AuditRun(Plan([0, 1]), new AttemptStore()).Execute(null, default);
        using var cancellation = new CancellationTokenSource();
        var interrupted = new AuditRun(Plan([0, 1]), new AttemptStore(path));
        interrupted.Invoking(run => run.Execute(new CancelAfter(cancellation, finished: 1), cancellation.Token))
            .Should().Throw<OperationCanceledException>();
        var store = new AttemptStore(path);
        int kept = store.Count;

        IReadOnlyList<AuditResult> resumed = new AuditRun(Plan([0, 1]), store).Execute(null, default);

        kept.Should().BeGreaterThan(0);
        resumed.Select(result => result.Scores).Should().Equal(expected.Select(result => result.Scores));
        int iterations = 0;
        new AuditRun(Plan([0, 1]), new AttemptStore(path)).Execute(new Counter(() => iterations++), default);
        iterations.Should().Be(0, "everything is stored");
    }

    [Fact]
    public void CollectStored_OfWhatWasRun_GivesItsResultsAndMakesNoAttempt()
    {
        var store = new AttemptStore();
        IReadOnlyList<AuditResult> expected = new AuditRun(Plan([0]), store).Execute(null, default);
        int attempts = store.Count;

        IReadOnlyList<AuditResult> stored = new AuditRun(Plan([0, 1]), store).CollectStored();

        store.Count.Should().Be(attempts);
        stored.Select(result => result.Scores).Should().Equal(expected.Select(result => result.Scores));
        stored.Select(result => result.Restarts).Should().Equal(expected.Select(result => result.Restarts));
    }

    [Fact]
    public void Store_WithDamagedLines_KeepsTheOthers()
    {
        string path = Path.Combine(_folder, "attempts.jsonl");
        new AuditRun(Plan([0]), new AttemptStore(path)).Execute(null, default);
        int whole = new AttemptStore(path).Count;
        File.AppendAllText(path, "{\"Key\":null}\nnonsense\n{\"Key\":\"a\",\"Attempt\":{\"Pix");

        var store = new AttemptStore(path);

        store.Count.Should().Be(whole);
        new AuditRun(Plan([1]), store).Execute(null, default);
        new AttemptStore(path).Count.Should().BeGreaterThan(whole, "what follows a damaged line starts on a line of its own");
    }

    [Fact]
    public void StoredAttempts_OfAnotherSettingOrMask_AreNotServed()
    {
        var store = new AttemptStore();
        new AuditRun(Plan([0]), store).Execute(null, default);
        int first = store.Count;

        new AuditRun(Plan([0.5]), store).Execute(null, default);
        int second = store.Count;
        new AuditRun(Plan([0]) with { Attacks = [new DeepLeakageAttack(new() { MaxIterations = 299 })] }, store).Execute(null, default);

        second.Should().BeGreaterThan(first);
        store.Count.Should().BeGreaterThan(second);
    }

    [Fact]
    public void Plan_WithAPictureOfAnotherShape_IsRefused()
    {
        AuditPlan plan = Plan([0]) with { Samples = [new AuditSample("odd", Tensor.Zeros([1, 9, 9]), 0)] };
        FluentActions.Invoking(() => new AuditRun(plan, new AttemptStore())).Should().Throw<ArgumentException>().WithMessage("*odd*");
    }

    internal static AuditPlan Plan(double[] ratios) => new(
        Model,
        [.. Enumerable.Range(1, 2).Select(seed => new AuditSample(
            $"picture {seed}", SmallModels.Picture(seed).Reshape(Model.SampleShape), seed))],
        [.. ratios.Select(ratio => new AuditMask("random", ratio, SelectedPositions.Random(Model.ParameterCount, ratio, seed: 1)))],
        [new DeepLeakageAttack(new DeepLeakageOptions { MaxIterations = 300 })])
    {
        Restarts = 2,
    };

    private sealed class CancelAfter(CancellationTokenSource cancellation, int finished) : IProgress<AuditProgress>
    {
        public void Report(AuditProgress value)
        {
            value.Total.Should().Be(4);
            if (value.Finished >= finished)
            {
                cancellation.Cancel();
            }
        }
    }

    private sealed class Counter(Action count) : IProgress<AuditProgress>
    {
        public void Report(AuditProgress value) => count();
    }
}
