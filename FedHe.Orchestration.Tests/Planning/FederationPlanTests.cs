using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Planning;

/// <summary>Terms that cannot work are refused before anything runs.</summary>
public sealed class FederationPlanTests
{
    [Theory]
    [InlineData(43_690, true)]
    [InlineData(43_691, false)]
    public async Task Weights_ThatDoNotFitOneSum_AreRefusedAtOnce(long maxWeight, bool fits)
    {
        // 131,071 is the capacity of the preset in the direct mode.
        Func<Task> create = async () => (await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Clients = 3, MaxWeight = maxWeight })).Dispose();

        if (fits)
        {
            await create();
            return;
        }

        PlanRefusedException refused = (await create.Should().ThrowAsync<PlanRefusedException>()).Which;
        (refused.Error, refused.MaxTotalWeight).Should().Be((PlanError.WeightsExceedCapacity, 131_071));
        refused.Message.Should().Contain("43690", "it says what to do");
    }

    [Fact]
    public async Task Weights_UnderRoundKeys_NeedNoRoom()
    {
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = "ckks", Protection = JobProtection.RoundKeys, MaxWeight = AggregationTerms.LargestTotalWeight });

        bench.Server.Plan.Aggregation.TotalWeight.Should().Be(4);
    }

    [Theory]
    [InlineData(JobProtection.Direct, "ckks", Weighting.Clear)]
    [InlineData(JobProtection.Direct, "paillier", Weighting.Clear)]
    [InlineData(JobProtection.RoundKeys, "ckks", Weighting.Hidden)]
    [InlineData(JobProtection.RoundKeys, "paillier", Weighting.Clear)]
    [InlineData(JobProtection.RoundKeys, "plain", Weighting.Clear)]
    public async Task Plan_OfMessages_IsAboveWhatIsSentByOneKilobyteAtMost(JobProtection protection, string scheme, Weighting weighting)
    {
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = scheme, Protection = protection, Weighting = weighting, Clients = 3, MaxWeight = scheme == "paillier" ? 30 : 100 });
        SortedDictionary<MLBridge.Identities.ClientId, ReadOnlyMemory<byte>> uploads = await bench.TrainAsync(bench.StartWithAll());
        int aggregate = uploads.Values.SelectMany(upload => bench.Server.Receive(upload)).First(message => message.Kind == MessageKind.Aggregate).Bytes.Length;
        FederationPlan plan = bench.Server.Plan;

        plan.LargestUploadBytes.Should().BeGreaterThan(uploads.Values.Max(upload => upload.Length));
        plan.LargestAggregateBytes.Should().BeGreaterThan(aggregate);
        bench.Clients[0].Plan.LargestUploadBytes.Should().Be(plan.LargestUploadBytes);
        if (scheme != "ckks")
        {
            // Ciphertexts of CKKS travel seeded in half the bytes that the plan allows for.
            plan.LargestUploadBytes.Should().BeLessThan(uploads.Values.Max(upload => upload.Length) + 1600);
        }
    }

    [Fact]
    public async Task Messages_LongerThanAPartyAccepts_AreRefusedAtOnce()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks" });
        var narrow = new FederationSafety { AllowInsecure = true, MaxMessageBytes = (int)bench.Server.Plan.LargestUploadBytes - 1 };

        Action server = () => _ = new FederationServer(bench.ServerSetup with { Safety = narrow });
        Action client = () => _ = new FederationClient(bench.ClientSetup(0) with { Safety = narrow });

        server.Should().Throw<PlanRefusedException>().Which.Error.Should().Be(PlanError.MessagesExceedLimit);
        client.Should().Throw<PlanRefusedException>().Which.Error.Should().Be(PlanError.MessagesExceedLimit);
    }

    [Fact]
    public async Task Roster_BelowTheQuorumOrTooSmallToConfirm_IsRefusedByServerAndClient()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys });
        FederationJob small = With(new FederationSettings { Rounds = 1, ClientsPerRound = 5, Quorum = 5 });
        FederationJob never = With(bench.Job.Settings with { ToleratedDishonest = 4 });
        With(bench.Job.Settings with { ToleratedDishonest = 3 });

        foreach (FederationJob job in new[] { small, never })
        {
            Action server = () => _ = new FederationServer(bench.ServerSetup with { Job = job });
            Action client = () => _ = new FederationClient(bench.ClientSetup(0) with { Job = job });
            server.Should().Throw<ArgumentException>();
            client.Should().Throw<ArgumentException>();
        }

        new FederationServer(bench.ServerSetup with { Job = With(bench.Job.Settings with { ToleratedDishonest = 3 }) }).Dispose();

        FederationJob With(FederationSettings settings) => new(
            bench.JobId, bench.Authority.Info, bench.Job.ServerKey, bench.Roster, bench.Terms, bench.Job.InitialModelDigest, settings);
    }

    [Fact]
    public void Settings_ByDefault_AskForThreeContributorsOfWhomNoneOutweighsTheOthers()
    {
        var settings = new FederationSettings { Rounds = 1, ClientsPerRound = 3, Quorum = 3 };

        (settings.MinimumContributors, settings.MinimumEffectiveContributors).Should().Be((3, 1.5));
        settings.Check().Should().BeNull();
        foreach (double wrong in new[] { 0.99, 3.01, double.NaN, double.PositiveInfinity })
        {
            (settings with { MinimumEffectiveContributors = wrong }).Check().Should().Contain("effective");
        }

        (settings with { MinimumEffectiveContributors = 3 }).Check().Should().BeNull();
        (settings with { Quorum = 2 }).Check().Should().NotBeNull();
    }

    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Round_WhoseWeightsAreOneClients_IsNotClosed(JobProtection protection)
    {
        var options = new BenchOptions { Protection = protection, Samples = [100, 1, 1, 100], MinimumEffectiveContributors = 1.5, Quorum = 3, MinimumContributors = 3 };
        using TestBench bench = await TestBench.CreateAsync(options);
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        uploads[..3].ToList().ForEach(upload => bench.Server.Receive(upload));
        bench.Server.LoseContact(bench.Identities[3].Client);
        bench.Server.Phase.Should().Be(ServerPhase.Collecting, "100, 1 and 1 are hardly more than one client");

        bench.Time.Pass(TestBench.Deadline);
        bench.Server.MoveOn();
        bench.Server.Receive(uploads[3]);

        bench.Server.LastAggregatedRound.Should().Be(1);
    }

    [Fact]
    public async Task Client_ListWhoseWeightsAreOneClients_IsNotOpened()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(
            new BenchOptions { Scheme = "ckks", Clients = 4, Samples = [100, 10, 10, 100], MinimumEffectiveContributors = 1.5 });

        lab.Open(lab.HonestSum(0, 1, 2)).Reason.Should().Be(IgnoredReason.UnevenWeights);
        lab.Open(lab.HonestSum(0, 1, 3)).Reason.Should().BeNull();
    }

    [Fact]
    public void EffectiveContributors_AreTheirNumberWhereWeightsAreEqual()
    {
        for (int count = 1; count < 50; count++)
        {
            EffectiveContributors.Of(Enumerable.Repeat(7L, count), 10).Should().BeGreaterThanOrEqualTo(count).And.BeLessThan(count + 1e-6);
        }

        EffectiveContributors.Of([100, 1, 1], 100).Should().BeApproximately(102.0 * 102 / 10_002, 1e-6);
        EffectiveContributors.Of([], 100).Should().Be(0);
    }

    [Theory]
    [InlineData(Weighting.Hidden, JobProtection.RoundKeys, "*hidden*cannot*|*hidden*nobody*")]
    [InlineData(Weighting.Clear, JobProtection.Direct, "*server alone*")]
    public async Task Plan_OfWhatCannotBeChecked_SaysSo(Weighting weighting, JobProtection protection, string expected)
    {
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Weighting = weighting, Protection = protection, MinimumEffectiveContributors = 1.5, MinimumContributors = 3, Quorum = 3 });

        FederationPlan plan = FederationPlan.Create(bench.Job, bench.Authority.PublicContext);

        plan.Remarks.Should().ContainSingle().Which.Should().MatchRegex(string.Join('|', expected.Split('|').Select(part => part.Replace("*", ".*", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Weight_AboveTheLargest_IsCappedWarnedOfAndNamedInTheReport()
    {
        var log = new Collector();
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Samples = [10, 20, 30, 5000] });
        bench.Clients[3] = new FederationClient(bench.ClientSetup(3) with { Logger = log });
        ReadOnlyMemory<byte>[] uploads = [.. (await bench.TrainAsync(bench.StartWithAll())).Values];
        bench.Server = bench.Restore(bench.SaveState());
        bench.Server.MoveOn();
        uploads.ToList().ForEach(upload => bench.Server.Receive(upload));

        bench.Reports.Single().Capped.Should().Equal(bench.Identities[3].Client);
        bench.Reports.Single().Contributions[3].Weight.Should().Be(100);
        log.Warnings.Should().ContainSingle().Which.Should().Contain("5000").And.Contain("100");
        bench.Server.Dispose();
    }

    [Fact]
    public async Task Weight_AboveTheReferenceOfRoundKeys_IsWarnedOfAndNamedInTheReport()
    {
        var log = new Collector();
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Protection = JobProtection.RoundKeys, Samples = [2, 2, 2, 90] });
        bench.Server.Dispose();
        bench.Server = new FederationServer(bench.ServerSetup with { Logger = log }).ReportingTo(bench.Reports);
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            bench.Server.Receive(upload);
        }

        bench.Reports.Single().ReferenceWeight.Should().Be(32);
        bench.Reports.Single().Capped.Should().Equal(bench.Identities[3].Client);
        log.Warnings.Should().ContainSingle().Which.Should().Contain("90").And.Contain("32");
    }

    [Fact]
    public async Task Announcement_OfACappedWeightBelowTheLargest_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        byte[] announcement = MessageFormat.WriteSigned(
            new Announcement(bench.JobId, bench.Identities[0].Client, bench.Job.Digest, bench.Terms.Mask.Digest, 99, IsCapped: true, 0, default),
            bench.Context.ParametersId,
            bench.Identities[0]);

        bench.ReasonIn(bench.Server.Receive(announcement)).Should().Be(RefusalReason.OutOfRange);
    }

    private sealed class Collector : ILogger<FederationServer>, ILogger<FederationClient>
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                Warnings.Add(formatter(state, exception));
            }
        }
    }
}
