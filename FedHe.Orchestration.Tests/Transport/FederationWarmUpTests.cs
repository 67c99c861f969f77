using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Transport;

/// <summary>A warm-up completes a small round of the job's kind, and leaves no measurement and no trace.</summary>
public sealed class FederationWarmUpTests
{
    [Theory]
    [InlineData(JobProtection.RoundKeys)]
    [InlineData(JobProtection.Direct)]
    public async Task WarmUp_OfAJobWithAnAuthority_RunsAsPlanned(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Protection = protection });
        InProcessFederationSetup small = FederationWarmUp.SetupLike(bench.Context, committee: null, bench.Job.Terms, bench.Job.Settings, protection);

        RoundKeysOf(small)?.Id.Should().Be(bench.Job.RoundKeyParameters!.Id);
        await FederationWarmUp.RunAsync(bench.Job, bench.Context);
        (await ResultsOf(small)).Should().ContainSingle().Which.Model!.Contributions.Should().Be(2);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    public async Task WarmUp_OfAJobWithACommittee_HasItsRoundKeys(int clientsPerRound)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { ClientsPerRound = clientsPerRound, Quorum = 4 });
        InProcessFederationSetup small = FederationWarmUp.SetupLike(
            context: null, CommitteeTerms.OfAll, bench.Job.Terms, bench.Job.Settings, JobProtection.RoundKeys);

        RoundKeysOf(small)!.Id.Should().Be(bench.Job.RoundKeyParameters!.Id);
        await FederationWarmUp.RunAsync(bench.Job);
        (await ResultsOf(small)).Should().ContainSingle().Which.Model!.Contributions.Should().Be(4);
    }

    [Fact]
    public async Task WarmUp_OfAFederationWithValuesInClear_HasSomeToo()
    {
        EncryptionMask half = MaskPolicy.Random(0.3, seed: 5).Select(TestModel.Layout);
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Protection = JobProtection.RoundKeys, Mask = half });
        InProcessFederationSetup small = FederationWarmUp.SetupLike(
            bench.Context, committee: null, bench.Job.Terms, bench.Job.Settings, JobProtection.RoundKeys);

        small.Terms.Mask.Ratio.Should().BeInRange(0.4, 0.6);
        small.Terms.Layout.Tensors.Select(tensor => tensor.ElementType).Should()
            .Equal(TestModel.Layout.Tensors.Where(tensor => tensor.IsAggregated).Select(tensor => tensor.ElementType).Distinct().Order());
        (await ResultsOf(small)).Should().ContainSingle().Which.Model.Should().NotBeNull();
    }

    [Fact]
    public async Task WarmUp_WithTheContextOfAnotherJob_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Protection = JobProtection.RoundKeys });
        using HeContext other = Schemes.Create("plain");

        await Awaiting(() => FederationWarmUp.RunAsync(bench.Job)).Should().ThrowAsync<HeMismatchException>();
        await Awaiting(() => FederationWarmUp.RunAsync(bench.Job, other)).Should().ThrowAsync<HeMismatchException>();

        static Func<Task> Awaiting(Func<Task> action) => action;
    }

    [Fact]
    public async Task WarmUp_IsNeitherMeasuredNorTraced()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Protection = JobProtection.RoundKeys });
        var heard = new ConcurrentBag<string>();
        using var parent = new Activity("the host's").Start();
        ActivityTraceId trace = parent.TraceId;
        using var meters = new MeterListener
        {
            // Other tests of the process measure under the shared meter, with the jobs of their own.
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == InstrumentNames.Source)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        var jobs = new ConcurrentBag<string>();
        meters.SetMeasurementEventCallback<long>((_, _, tags, _) => jobs.Add(TagOf(tags, "job")));
        meters.SetMeasurementEventCallback<double>((_, _, tags, _) => jobs.Add(TagOf(tags, "job")));
        meters.Start();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == InstrumentNames.Source,

            // As samplers do that follow the parent's decision.
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.Parent.TraceId == trace && options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                ? ActivitySamplingResult.AllDataAndRecorded
                : ActivitySamplingResult.None,
            ActivityStarted = activity => heard.Add(activity.OperationName),
        };
        ActivitySource.AddActivityListener(activities);
        parent.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
        InProcessFederationSetup small = FederationWarmUp.SetupLike(
            bench.Context, committee: null, bench.Job.Terms, bench.Job.Settings, JobProtection.RoundKeys);

        using InProcessFederation loud = await InProcessFederation.CreateAsync(small with { MeterFactory = null });
        await foreach (RoundResult round in loud.RunAsync())
        {
            round.Model.Should().NotBeNull();
        }

        heard.Should().NotBeEmpty("or the line below proves nothing");
        jobs.Should().Contain(loud.Job.JobId.ToString(), "or the line below proves nothing");
        heard.Clear();
        Guid quiet = await FederationWarmUp.RunRoundAsync(small, CancellationToken.None);

        heard.Should().BeEmpty();
        jobs.Should().NotContain(quiet.ToString());
    }

    private static KeyAdditiveParameters? RoundKeysOf(InProcessFederationSetup setup)
        => setup.Protection == JobProtection.Direct ? null : FederationJob.PlanRoundKeys(setup.Settings, setup.Terms);

    private static async Task<List<RoundResult>> ResultsOf(InProcessFederationSetup setup)
    {
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        var results = new List<RoundResult>();
        await foreach (RoundResult result in federation.RunAsync())
        {
            results.Add(result);
        }

        return results;
    }

    private static string TagOf(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            if (tag.Key == name)
            {
                return tag.Value?.ToString() ?? string.Empty;
            }
        }

        return string.Empty;
    }
}
