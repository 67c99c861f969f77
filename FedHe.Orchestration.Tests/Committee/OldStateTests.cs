using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Torture;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// Servers and clients of a job with a committee that go on from older copies of their states. Ledgers are not copied: a member that
/// goes back to an older ledger counts as corrupt.
/// </summary>
public sealed class OldStateTests
{
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

    [Fact]
    public async Task Server_SetBackBehindItsInvitations_InvitesToAnotherAttemptWithTheKeysThatItHas()
    {
        // All clients encrypted for keys of four members, and one of these is gone: its key is not in the older state.
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 3, MaxAttempts = 12 });
        byte[]? older = null;
        bool isBack = false;
        bench.Network = (message, client, bytes) =>
        {
            bool isOfLeaver = client == bench.Name(3);
            older ??= message is MemberKeyMessage && isOfLeaver ? bench.ServerState : null;
            return (isBack ? isOfLeaver : message is Upload) ? null : bytes;
        };
        await bench.StartAsync();
        bench.Clients.Should().OnlyContain(client => client.UnacknowledgedUpload != null);

        isBack = true;
        bench.RestartServer(older);
        for (int i = 0; bench.Server.Outcome is null && i < 40; i++)
        {
            for (int index = 0; index < 3; index++)
            {
                bench.Send(index, bench.Clients[index].Announce());
                bench.Clients[index].Unacknowledged.ToList().ForEach(message => bench.Send(index, message));
            }

            await bench.PumpAsync();
            await bench.PassDeadlineAsync();
        }

        bench.Server.Outcome.Should().Be(FederationOutcome.Completed);
        bench.CheckAverage(round: 2, 0, 1, 2);
        bench.Reports.Where(report => report.IsAggregated).Select(report => (report.Round, report.Attempt)).Should().Equal((1, 2), (2, 1));
    }

    /// <summary>Kills a party at its steps, one run for each of a sample of them, or of all.</summary>
    private static async Task ForEachStepAsync(Func<int, bool> isParty, Func<CommitteeBench, Queue<StepKill>, CommitteeTorture> create)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Quorum = 3, MaxAttempts = 12 });
        using CommitteeTorture undisturbed = create(bench, []);
        await undisturbed.RunAsync();
        int[] steps = [.. Enumerable.Range(0, undisturbed.Steps.Count).Where(step => isParty(undisturbed.Steps[step].Party))];
        int stride = TortureScope.IsComplete ? 1 : Math.Max(1, steps.Length / 6);
        for (int i = 0; i < steps.Length; i += stride)
        {
            using CommitteeTorture run = create(bench, new Queue<StepKill>([new StepKill(steps[i], StepCrash.Saved)]));
            try
            {
                await run.RunAsync();
                (FederationOutcome outcome, int round) = run.IsLastRoundSpent ? (FederationOutcome.QuorumNotReached, 1) : (FederationOutcome.Completed, 2);
                run.Outcome.Should().Be(outcome);
                run.Clients.Should().OnlyContain(client => client.Outcome == outcome && client.ModelRound == round);
                run.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(run.Clients[0].GlobalModel)));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"step {steps[i]}: {undisturbed.Steps[steps[i]]}", exception);
            }
        }
    }
}
