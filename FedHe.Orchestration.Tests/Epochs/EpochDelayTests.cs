using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Torture;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>
/// Votes that are late, in whatever order they come, neither end a job nor make an attempt wait, also where one of four members is corrupt: it
/// votes or not, reports about its boxes, and never answers for a list.
/// </summary>
public sealed class EpochDelayTests(ITestOutputHelper output)
{
    private static readonly int[] Delays = [0, 3, 5];

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Votes_LateInEveryOrder_BeginTheEpoch_AndWasteNoAttempt(int? mute)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(
            new CommitteeOptions { Clients = 4, Rounds = 3, ClientsPerRound = 4, Quorum = 3, MaxAttempts = 3 });
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 3]);
        FederationJob next = new EpochLab(bench).Certify(new EpochStatement(plan, 2, EpochLab.DigestOf("any sum")), bench.Job, 0, 1, 2).Job;
        var keys = new Dictionary<int, ClientKeys>();
        for (int client = 0; client < 4; client++)
        {
            keys.Add(client, await bench.RequestKeysAsync(client, next));
        }

        // Four shares no divisor with the three delays, so a sample has each of them in every place.
        int step = TortureScope.Step(4);
        foreach (int[] delays in AllDelays().Where((_, index) => index % step == 0))
        {
            string order = $"delays {string.Join(", ", delays)}, mute {mute}";
            var post = new SlowVotePost(delays, mute);
            using var run = new CommitteeTorture(bench, post) { Plan = plan, PlannedKeys = keys };
            try
            {
                await run.RunAsync();
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(order, exception);
            }

            output.WriteLine($"{order}: {run.Outcome}, {post.IdleTimes} idle times");
            (run.Outcome, run.EpochNumber, run.OpenedRounds).Should().Be((FederationOutcome.Completed, 2, 3), order);
            run.Clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 3, order);
            run.Clients.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(run.Clients[0].GlobalModel)), order);

            // The third vote begins the epoch. A mute member costs every round the wait for its answer.
            post.IdleTimes.Should().Be(delays.Order().ElementAt(2) + (mute is null ? 0 : 3), order);
        }
    }

    private static IEnumerable<int[]> AllDelays()
        => from first in Delays
           from second in Delays
           from third in Delays
           from fourth in Delays
           select new[] { first, second, third, fourth };
}
