using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Strategies;

public sealed class StrategyTests
{
    private static readonly ClientId[] Candidates = [.. Enumerable.Range(0, 6).Select(i => new ClientId($"c{i}"))];

    [Fact]
    public void SeededSampler_SameSeed_DrawsTheSameClientsEverywhere()
    {
        // Known answer, from an independent implementation: changing it would break the audit of past jobs.
        IEnumerable<string> drawn = new SeededClientSampler(seed: 42).Sample(round: 3, attempt: 1, Candidates, count: 3).Select(client => client.Value);

        drawn.Should().Equal("c0", "c2", "c1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sampler_ManyDraws_AreDistinctAndUniform(bool seeded)
    {
        IClientSampler sampler = seeded ? new SeededClientSampler(seed: 5) : new SecureClientSampler();
        var counts = Candidates.ToDictionary(client => client, _ => 0);
        const int Draws = 6000;
        for (int round = 1; round <= Draws; round++)
        {
            IReadOnlyList<ClientId> drawn = sampler.Sample(round, 1, Candidates, 2);
            drawn.Distinct().Should().HaveCount(2);
            foreach (ClientId client in drawn)
            {
                counts[client]++;
            }
        }

        // Mean 2000, standard deviation 36.5: eight of them are exceeded with probability below 1e-14.
        counts.Values.Should().OnlyContain(count => Math.Abs(count - (Draws / 3)) < 8 * 37);
    }

    [Fact]
    public void SeededSampler_OtherRoundOrAttempt_DrawsAnew()
    {
        var sampler = new SeededClientSampler(seed: 1);
        IEnumerable<string> draws = Enumerable.Range(1, 20)
            .SelectMany(round => new[] { 1, 2 }.Select(attempt => string.Join(',', sampler.Sample(round, attempt, Candidates, 3))));

        draws.Distinct().Should().HaveCountGreaterThan(20);
    }

    [Fact]
    public async Task FedProx_Task_CarriesMuAndTheWeightLimit()
    {
        using TestBench bench = await TestBench.CreateAsync();
        var settings = bench.Job.Settings with
        {
            Strategy = FedProxStrategy.StrategyName,
            Training = new TrainingSettings { ProximalMu = 0.25, LocalEpochs = 4 },
        };
        var job = new FederationJob(
            bench.JobId,
            bench.Authority.Info,
            bench.Job.ServerKey,
            bench.Roster,
            bench.Terms,
            bench.Job.InitialModelDigest,
            settings,
            protection: JobProtection.Direct);
        using var server = new FederationServer(bench.ServerSetup with { Job = job });
        var client = new FederationClient(bench.ClientSetup(0) with { Job = job });
        server.Receive(client.Announce());
        server.Receive(new FederationClient(bench.ClientSetup(1) with { Job = job }).Announce());
        server.StartUp();
        bench.Time.Pass(TestBench.Deadline);

        await client.ReceiveAsync(server.MoveOn()[0].Bytes);

        TrainingTask task = bench.Trainers[0].Results.Single().Task;
        task.Should().Be(new TrainingTask(1, settings.Training, WeightLimit: 100));
        task.Training.ProximalMu.Should().Be(0.25);
    }

    [Fact]
    public void Strategies_SettingsThatContradictThem_AreRefused()
    {
        var settings = new FederationSettings { Rounds = 1, ClientsPerRound = 2, Quorum = 2, MinimumContributors = 2 };
        Action fedProx = () => new FedProxStrategy().Validate(settings);
        Action fedAvg = () => new FedAvgStrategy().Validate(settings with { Training = new TrainingSettings { ProximalMu = 1 } });
        Action unknown = () => AggregationStrategies.Find("fedmagic");

        fedProx.Should().Throw<ArgumentException>();
        fedAvg.Should().Throw<ArgumentException>();
        unknown.Should().Throw<NotSupportedException>();
    }

    [Fact]
    public async Task Job_SettingsThatContradictEachOther_AreRefusedWithASentence()
    {
        using TestBench bench = await TestBench.CreateAsync();
        FederationSettings good = bench.Job.Settings;
        FederationSettings[] bad =
        [
            good with { Rounds = 0 },
            good with { ClientsPerRound = 0 },
            good with { Quorum = 5 },
            good with { Quorum = 1 },
            good with { MinimumContributors = 1 },
            good with { MinimumContributors = 3 },
            good with { MaxAttempts = 0 },
            good with { RoundDeadline = TimeSpan.Zero },
            good with { Strategy = "with a blank" },
        ];

        foreach (FederationSettings settings in bad)
        {
            Action act = () => _ = new FederationJob(
                bench.JobId, bench.Authority.Info, bench.Job.ServerKey, bench.Roster, bench.Terms, bench.Job.InitialModelDigest, settings);
            act.Should().Throw<ArgumentException>().Which.Message.Should().Contain(" ").And.EndWith("(Parameter 'settings')");
        }
    }
}
