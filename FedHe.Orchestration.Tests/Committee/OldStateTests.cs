using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// Servers and clients of a job with a committee that go on from older copies of their states. Ledgers are not copied: a member that
/// goes back to an older ledger counts as corrupt.
/// </summary>
public sealed class OldStateTests
{
    private static bool IsComplete { get; } = Environment.GetEnvironmentVariable("FEDHE_TORTURE") == "all";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    public Task Server_SetBack_OpensNoRoundForTwoListsAndTheJobEnds(int states)
        => ForEachStepAsync(party => party < 0, (bench, kills) => new CommitteeTorture(bench, new Post()) { Kills = kills, SetsServerBack = states });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public Task Client_SetBack_AnswersForNoSecondListAndTheJobEnds(int states)
        => ForEachStepAsync(party => party == 1, (bench, kills) => new CommitteeTorture(bench, new Post()) { Kills = kills, SetsClientBack = states });

    /// <summary>Kills a party at its steps, one run for each of a sample of them, or of all.</summary>
    private static async Task ForEachStepAsync(Func<int, bool> isParty, Func<CommitteeBench, Queue<StepKill>, CommitteeTorture> create)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 3, MaxAttempts = 12 });
        using CommitteeTorture undisturbed = create(bench, []);
        await undisturbed.RunAsync();
        int[] steps = [.. Enumerable.Range(0, undisturbed.Steps.Count).Where(step => isParty(undisturbed.Steps[step].Party))];
        int stride = IsComplete ? 1 : Math.Max(1, steps.Length / 6);
        for (int i = 0; i < steps.Length; i += stride)
        {
            using CommitteeTorture run = create(bench, new Queue<StepKill>([new StepKill(steps[i], StepCrash.Saved)]));
            try
            {
                await run.RunAsync();
                run.Outcome.Should().Be(FederationOutcome.Completed);
                run.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 2);
                run.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(run.Clients[0].GlobalModel)));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"step {steps[i]}: {undisturbed.Steps[steps[i]]}", exception);
            }
        }
    }
}
