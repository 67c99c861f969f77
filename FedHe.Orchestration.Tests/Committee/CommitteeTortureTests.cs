using System.Collections.Concurrent;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Torture;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// The server and the members of a committee are killed at every step and resumed from what they saved. The job ends as Completed with
/// all contributions, the averages are right, and no member answers twice in a round.
/// </summary>
public sealed class CommitteeTortureTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Kill_OfEveryPartyAtEveryStep_LosesNothing()
    {
        using CommitteeBench bench = await SmallAsync();
        using CommitteeTorture undisturbed = await RunAsync(bench);
        undisturbed.Steps.Count.Should().BeGreaterThan(100);
        StepKill[] kills = [.. StepKill.All(undisturbed.Steps, TortureScope.IsComplete)];
        kills.Select(kill => undisturbed.Steps[kill.Step].Party).Distinct().Should().HaveCount(5);
        kills.Select(kill => kill.Moment).Distinct().Should().HaveCount(5);

        output.WriteLine($"{kills.Length} kills in {undisturbed.Steps.Count} steps");
        foreach (StepKill kill in kills)
        {
            await ForKillAsync(kill, undisturbed, async () =>
            {
                using CommitteeTorture run = await RunAsync(bench, kill);
                run.Superseded.Should().Be(0);
                ShouldEndLike(run, undisturbed);
            });
        }
    }

    [Fact]
    public async Task Kill_WithSumsInFiles_LosesNothing()
    {
        string folder = Directory.CreateTempSubdirectory("fedhe-sums").FullName;
        using CommitteeBench bench = await SmallAsync();
        using CommitteeTorture undisturbed = await RunAsync(bench);

        // The sample has every tenth kill of the sample.
        StepKill[] kills = [.. StepKill.All(undisturbed.Steps, TortureScope.IsComplete).Where((_, i) => i % TortureScope.Step(10) == 0)];
        output.WriteLine($"{kills.Length} kills in {undisturbed.Steps.Count} steps");
        foreach (StepKill kill in kills)
        {
            await ForKillAsync(kill, undisturbed, async () =>
            {
                using CommitteeTorture run = await RunAsync(bench, folder, kill);
                run.Superseded.Should().Be(0);
                ShouldEndLike(run, undisturbed);
            });
        }

        Directory.Delete(folder, recursive: true);
    }

    private static Task<CommitteeBench> SmallAsync(int quorum = 3)
        => CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = quorum, MaxAttempts = 12 });

    private static Task<CommitteeTorture> RunAsync(CommitteeBench bench, params StepKill[] kills) => RunAsync(bench, sums: null, kills);

    private static async Task<CommitteeTorture> RunAsync(CommitteeBench bench, string? sums, params StepKill[] kills)
    {
        var run = new CommitteeTorture(bench, new Post(), sums) { Kills = new Queue<StepKill>(kills) };
        await run.RunAsync();
        return run;
    }

    private static async Task ForKillAsync(StepKill kill, CommitteeTorture undisturbed, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{kill} in {undisturbed.Steps[kill.Step]}", exception);
        }
    }

    private static void ShouldEndLike(CommitteeTorture run, CommitteeTorture undisturbed)
    {
        ShouldEndWithOneModel(run);
        double[] model = TestModel.Flat(run.Clients[0].GlobalModel);
        double[] expected = TestModel.Flat(undisturbed.Clients[0].GlobalModel);
        double bound = 2 * 2 * (run.Clients[0].LatestAverage!.MaxErrorBound + undisturbed.Clients[0].LatestAverage!.MaxErrorBound);
        model.Zip(expected, (actual, wanted) => Math.Abs(actual - wanted)).Should().OnlyContain(
            error => error <= bound, "all clients contributed to both rounds in both runs");
    }

    private static void ShouldEndWithOneModel(CommitteeTorture run)
    {
        run.Outcome.Should().Be(FederationOutcome.Completed);
        run.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 2);
        run.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(run.Clients[0].GlobalModel)));
    }
}
