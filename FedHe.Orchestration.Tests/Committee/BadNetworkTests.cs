using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Torture;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A job with a committee ends over networks that lose, repeat, reorder and delay messages, also when parties are killed or come late.</summary>
public sealed class BadNetworkTests(ITestOutputHelper output)
{
    private const int Seeds = 25;

    [Fact]
    public async Task Network_ThatLosesRepeatsReordersAndDelays_EndsTheJob()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 3, MaxAttempts = 12 });
        int seeds = TortureScope.IsComplete ? 40 * Seeds : Seeds;
        for (int seed = 1; seed <= seeds; seed++)
        {
            var random = new Random(seed);
            var post = new BadPost(seed, loss: 0.15 * random.NextDouble(), repeats: 0.3 * random.NextDouble(), delays: 0.3 * random.NextDouble());
            using var run = new CommitteeTorture(bench, post);
            await ForSeedAsync(seed, run.RunAsync);
            output.WriteLine($"seed {seed}: {run.Steps.Count} steps, {post.Lost} lost, {post.Repeated} repeated, {post.Delayed} delayed, {run.Outcome}");
            ShouldEndWithOneModel(run, seed);
        }
    }

    [Fact]
    public async Task Network_ThatIsBadWhilePartiesAreKilled_EndsTheJob()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 3, MaxAttempts = 12 });
        int seeds = TortureScope.IsComplete ? 1000 : 10;
        for (int seed = 1001; seed <= 1000 + seeds; seed++)
        {
            using CommitteeTorture run = await RunWithKillsAsync(bench, seed, MomentOf);
            ShouldEndWithOneModel(run, seed);
        }
    }

    /// <summary>
    /// A host whose messages leave before the ledger is on disk breaks docs/operations.md, and may cost the job its last round; so may a server that is set back. No
    /// member answers twice even so, as long as its state is there, no round has two lists, and all clients end with one model.
    /// </summary>
    [Fact]
    public async Task Network_ThatIsBadWhileHostsSaveLedgersLast_OpensNoTwoLists()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 3, MaxAttempts = 12 });
        // Seed 1103 is one where a member would answer twice if its state did not tell that its ledger is old.
        (int first, int last) = TortureScope.IsComplete ? (1001, 2000) : (1099, 1108);
        for (int seed = first; seed <= last; seed++)
        {
            using CommitteeTorture run = await RunWithKillsAsync(
                bench, seed, number => (StepCrash)number is StepCrash.LedgerSaved or StepCrash.Unsaved ? StepCrash.SentBeforeLedger : (StepCrash)number, serverBack: seed % 2 == 0 ? 3 : null);

            run.Clients.Should().OnlyContain(client => client.Outcome == run.Outcome && client.ModelRound == run.Clients[0].ModelRound, "seed {0}", seed);
            (run.Clients[0].ModelRound == 2).Should().Be(run.Outcome == FederationOutcome.Completed, "seed {0}", seed);
            run.Clients.Should().AllSatisfy(
                client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(run.Clients[0].GlobalModel)), "seed {0}", seed);
        }
    }

    /// <summary>Runs a job over a bad network while parties are killed twelve times, at moments that a test chooses by their numbers.</summary>
    private async Task<CommitteeTorture> RunWithKillsAsync(CommitteeBench bench, int seed, Func<int, StepCrash> momentOf, int? serverBack = null)
    {
        var random = new Random(seed);
        var kills = new Queue<StepKill>(Enumerable.Range(0, 12).Select(_ => random.Next(400)).Distinct().Order()
            .Select(step => new StepKill(step, momentOf(random.Next(5)), random.Next(3))));
        var post = new BadPost(seed, loss: 0.1 * random.NextDouble(), repeats: 0.2 * random.NextDouble(), delays: 0.2 * random.NextDouble());
        var run = new CommitteeTorture(bench, post) { Kills = kills, Late = seed % 3 == 0 ? [3] : [], SetsServerBack = serverBack };
        await ForSeedAsync(seed, run.RunAsync);
        output.WriteLine($"seed {seed}: {run.Steps.Count} steps, {post.Lost} lost, {kills.Count} kills not reached, {run.Outcome}");
        return run;
    }

    /// <summary>
    /// Returns a moment of a kill, with the ledger on disk before the state, as hosts promise: a member that lost an answer, and another one without a
    /// key of the round, are more than may be silent, and the last round would have no sum.
    /// </summary>
    private static StepCrash MomentOf(int number) => (StepCrash)number is StepCrash.StateSaved ? StepCrash.LedgerSaved : (StepCrash)number;

    private static async Task ForSeedAsync(int seed, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}", exception);
        }
    }

    private static void ShouldEndWithOneModel(CommitteeTorture run, int seed)
    {
        run.Outcome.Should().Be(FederationOutcome.Completed, "seed {0}", seed);
        run.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 2, "seed {0}", seed);
        run.Clients.Should().AllSatisfy(
            client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(run.Clients[0].GlobalModel)), "seed {0}", seed);
    }
}
