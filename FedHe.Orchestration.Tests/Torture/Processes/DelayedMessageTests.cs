using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Kills;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>A network that delays, reorders, duplicates and loses messages, with and without processes that are killed meanwhile.</summary>
public sealed class DelayedMessageTests(HostPool pool, ITestOutputHelper output) : ProcessTests(pool)
{
    [Theory]
    [InlineData(JobMode.RoundKeys, 0)]
    [InlineData(JobMode.Direct, 0)]
    [InlineData(JobMode.RoundKeys, 4)]
    [InlineData(JobMode.Direct, 4)]
    public void Messages_LateTwiceOrLost_GiveTheAverageOfTheContributors(JobMode mode, int kills)
        => ForEach($"{mode}, {kills} kills", Enumerable.Range(1, TortureScope.IsComplete ? 50 : 2), seed =>
        {
            output.WriteLine($"Seed {seed}.");
            var random = new Random(seed);
            KillPosition[] positions = Enum.GetValues<KillPosition>();
            using var run = new ProcessFederation(Pool, mode, seed);
            for (int i = 0; i < kills; i++)
            {
                run.Kills[random.Next(100)] = new KillPoint(positions[random.Next(positions.Length)], random.Next(2));
            }

            run.Run();
            run.Stopped.Should().Be(0);
            ShouldEndWithOneModel(run, mode);
        });
}
