using System.Collections.Concurrent;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>What the tests of processes share: how much runs, and what every run must end with.</summary>
[Collection(SharedProcesses.Name)]
public abstract class ProcessTests(HostPool pool)
{
    /// <summary>Whether everything is enumerated, and not only the sample that CI runs.</summary>
    protected static bool IsComplete { get; } = Environment.GetEnvironmentVariable("FEDHE_TORTURE") == "all";

    protected HostPool Pool => pool;

    /// <summary>Runs every case, and fails with all that went wrong.</summary>
    private protected static void ForEach<T>(IEnumerable<T> cases, Action<T> run)
        where T : notnull
    {
        var failures = new ConcurrentQueue<string>();
        Parallel.ForEach(cases, new ParallelOptions { MaxDegreeOfParallelism = 2 }, one =>
        {
            try
            {
                run(one);
            }
#pragma warning disable CA1031 // The enumeration goes on, and all failures are reported together.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures.Enqueue($"{one}: {exception}");
            }
        });
        failures.Should().BeEmpty();
    }

    private protected static void ShouldEndWithOneModel(ProcessFederation run, JobProtection protection)
    {
        PartyStatus[] clients = [.. PartyNames.Clients.Select(client => run.Statuses[client])];
        clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == SmallJob.Rounds);
        clients.Should().AllSatisfy(client => client.Model.Should().Equal(clients[0].Model));
        run.Record.Contributors.Keys.Should().Equal(Enumerable.Range(1, SmallJob.Rounds));
        if (protection == JobProtection.Direct)
        {
            clients[0].Model.Should().Equal(Reference.Exact(run.Record.Contributors.Values), "sums of exact integers are those of an undisturbed run");
        }
        else
        {
            run.Record.Lists.Keys.Should().Equal(Enumerable.Range(1, SmallJob.Rounds));
            double bound = run.Record.Bounds.Values.Sum();
            clients[0].Model.Zip(Reference.Plain(run.Record.Lists.Values), (actual, plain) => Math.Abs(actual - plain))
                .Should().OnlyContain(error => error <= bound, "the averages are those of the listed clients");
        }
    }
}
