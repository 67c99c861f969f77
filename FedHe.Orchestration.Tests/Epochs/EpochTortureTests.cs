using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Torture;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>
/// Server and members are killed at every step of the change of an epoch, in which one member leaves and a client that joins takes its
/// place, and are resumed from what they saved, or from older states. The job goes on to its end with one model, and no member votes twice.
/// </summary>
public sealed class EpochTortureTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Kill_OfEveryPartyAtEveryStepOfTheChange_LosesNothing()
        => await TortureAsync((bench, kills) => kills, (run, kill) => run(kill, null, 0));

    [Fact]
    public async Task Kill_OfTheServer_ThatIsSetBack_GoesOn_OrStops()
        => await TortureAsync(
            (bench, kills) => kills.Where(kill => kill.Party < 0),
            async (run, kill) =>
            {
                await run(kill, 1, 0);
                await run(kill, 3, 0);
            });

    [Fact]
    public async Task Kill_OfAMember_WhoseStateIsSetBack_GoesOn()
        => await TortureAsync((bench, kills) => kills.Where(kill => kill.Party is 0 or 3), (run, kill) => run(kill, null, 2));

    private async Task TortureAsync(
        Func<CommitteeBench, IEnumerable<(StepKill Kill, int Party)>, IEnumerable<(StepKill Kill, int Party)>> choose,
        Func<Func<StepKill, int?, int, Task>, StepKill, Task> torture)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 4, Reserve = 1, Rounds = 3, ClientsPerRound = 4, Quorum = 3, MaxAttempts = 12 });
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 4]);
        FederationJob next = new EpochLab(bench).Certify(new EpochStatement(plan, 2, EpochLab.DigestOf("any sum")), bench.Job, 0, 1, 2).Job;
        var keys = new Dictionary<int, ClientKeys>();
        foreach (int client in new[] { 0, 1, 2, 4 })
        {
            keys.Add(client, await bench.RequestKeysAsync(client, next));
        }

        using CommitteeTorture undisturbed = await RunAsync(bench, plan, keys, kill: null);
        ShouldEndWithOneModel(undisturbed);
        (StepKill Kill, int Party)[] kills = [.. choose(bench, OfTheChange(undisturbed.Steps))];
        output.WriteLine($"{kills.Length} kills in {undisturbed.Steps.Count} steps");
        kills.Should().NotBeEmpty();
        foreach ((StepKill kill, int _) in kills)
        {
            await torture(
                async (one, serverBack, clientBack) =>
                {
                    try
                    {
                        using CommitteeTorture run = await RunAsync(bench, plan, keys, one, serverBack, clientBack);
                        ShouldEndWithOneModel(run);
                    }
                    catch (Exception exception)
                    {
                        throw new InvalidOperationException($"{one} in {undisturbed.Steps[one.Step]}, back {serverBack}, {clientBack}", exception);
                    }
                },
                kill);
        }
    }

    /// <summary>
    /// Returns the kills from the sum before the epoch to the first keys of members in it: all of the steps that offer, vote, certify and
    /// enter, and one of every third other step.
    /// </summary>
    private static IEnumerable<(StepKill Kill, int Party)> OfTheChange(List<TakenStep> steps)
    {
        int first = steps.FindIndex(step => step.Cause == MessageKind.EpochOffer) - 3;
        int last = steps.FindLastIndex(step => step.Cause == MessageKind.Epoch) + 12;
        HashSet<StepKill> sample = [.. StepKill.All(steps, isComplete: false).Where(kill => kill.Step >= first && kill.Step <= last && kill.Step % 3 == 0)];
        return StepKill.All(steps, isComplete: true)
            .Where(kill => TortureScope.IsComplete || sample.Contains(kill) || steps[kill.Step].Cause is MessageKind.EpochOffer or MessageKind.EpochVote or MessageKind.Epoch)
            .Select(kill => (kill, steps[kill.Step].Party));
    }

    private static async Task<CommitteeTorture> RunAsync(
        CommitteeBench bench, EpochPlan plan, Dictionary<int, ClientKeys> keys, StepKill? kill, int? serverBack = null, int clientBack = 0)
    {
        var run = new CommitteeTorture(bench, new Post())
        {
            Plan = plan,
            PlannedKeys = keys,
            Kills = new Queue<StepKill>(kill is StepKill one ? [one] : []),
            SetsServerBack = serverBack,
            SetsClientBack = clientBack,
        };
        await run.RunAsync();
        return run;
    }

    private static void ShouldEndWithOneModel(CommitteeTorture run)
    {
        run.Outcome.Should().Be(FederationOutcome.Completed);
        run.EpochNumber.Should().Be(2);
        run.Clients.Should().HaveCount(5);
        run.Clients[3].Outcome.Should().Be(FederationOutcome.Left);
        foreach (int client in new[] { 0, 1, 2, 4 })
        {
            (run.Clients[client].Outcome, run.Clients[client].ModelRound, run.Clients[client].Job.EpochNumber)
                .Should().Be((FederationOutcome.Completed, 3, 2));
            TestModel.Flat(run.Clients[client].GlobalModel).Should().Equal(TestModel.Flat(run.Clients[0].GlobalModel));
        }
    }
}
