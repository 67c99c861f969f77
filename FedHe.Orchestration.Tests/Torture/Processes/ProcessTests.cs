using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Frames;
using FedHe.Orchestration.Tests.Host.Kills;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>What the tests of processes share: how much runs, and what every run must end with.</summary>
[Collection(SharedProcesses.Name)]
public abstract class ProcessTests(HostPool pool)
{
    protected HostPool Pool => pool;

    /// <summary>Runs every case, and fails with all that went wrong.</summary>
    /// <param name="variant">What tells the runs of a theory apart.</param>
    /// <param name="cases">The cases, each with a text that names it.</param>
    /// <param name="run">Runs a case.</param>
    /// <param name="test">The test.</param>
    private protected void ForEach<T>(string variant, IEnumerable<T> cases, Action<T> run, [CallerMemberName] string test = "")
        where T : notnull
        => CountEach(
            variant,
            cases,
            one =>
            {
                run(one);
                return default;
            },
            test);

    private CaseOutcome[] CountEach<T>(string variant, IEnumerable<T> cases, Func<T, CaseOutcome> run, string test)
        where T : notnull
    {
        string name = $"{GetType().Name}.{test}({variant})";
        T[] all = [.. cases];
        TortureJournal.Begin(name, all.Length);
        var outcomes = new ConcurrentQueue<CaseOutcome>();
        var failures = new ConcurrentQueue<string>();
        Parallel.ForEach(all, new ParallelOptions { MaxDegreeOfParallelism = 2 }, one =>
        {
            string text = one.ToString()!;
            if (TortureJournal.Find(name, text) is CaseOutcome known)
            {
                outcomes.Enqueue(known);
                return;
            }

            try
            {
                CaseOutcome outcome = run(one);
                outcomes.Enqueue(outcome);
                TortureJournal.Pass(name, text, outcome);
            }
#pragma warning disable CA1031 // The enumeration goes on, and all failures are reported together.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failures.Enqueue($"{text}: {exception}");
                TortureJournal.Fail(name, text);
            }
        });
        failures.Should().BeEmpty();
        return [.. outcomes];
    }

    private protected static void ShouldEndWithOneModel(ProcessFederation run, JobMode mode)
    {
        int rounds = SmallJob.RoundsOf(mode);
        PartyStatus[] clients = [.. PartyNames.StayingOf(mode).Select(client => run.Statuses[client])];
        clients.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == rounds);
        clients.Should().AllSatisfy(client => client.Model.Should().Equal(clients[0].Model));
        run.Record.Contributors.Keys.Should().Equal(Enumerable.Range(1, rounds));
        if (mode == JobMode.Direct)
        {
            clients[0].Model.Should().Equal(Reference.Exact(run.Record.Contributors.Values), "sums of exact integers are those of an undisturbed run");
        }
        else
        {
            run.Record.Lists.Keys.Should().Equal(Enumerable.Range(1, rounds));
            double bound = run.Record.Bounds.Values.Sum();
            clients[0].Model.Zip(Reference.Plain(run.Record.Lists.Values), (actual, plain) => Math.Abs(actual - plain))
                .Should().OnlyContain(error => error <= bound, "the averages are those of the listed clients");
        }
    }

    /// <summary>Checks that a resumed server returns what the step whose state it has was about to send.</summary>
    private protected static void ShouldSendAgain(ProcessFederation run, Kill kill)
    {
        bool isSaved = kill.At.Files.Length > 1 && kill.Point.Position is KillPosition.AfterSaving or KillPosition.AmongMessages or KillPosition.AfterMessages;
        if (kill.Role == PartyNames.Server && isSaved)
        {
            DeliveredFrame resumed = run.Delivered.First(delivered => delivered.Number > kill.At.Number && delivered.Kind == FrameKind.Begin);
            resumed.Sent.Where(sent => sent.Kind is not null).Should().Equal(kill.At.Sent.Where(sent => sent.Kind is not null), "the outbox is part of the state");
        }
    }

    /// <summary>
    /// Disturbs a run at every frame of a party that has a state, or in CI at every few, and counts the servers that stopped and the runs in
    /// which two clients opened two lists. All others end with one model.
    /// </summary>
    private protected (int Stopped, int Split, int Runs) ForEachFrame(
        string variant, JobMode mode, string party, Action<ProcessFederation> disturb, int stepInCI = 7, [CallerMemberName] string test = "")
    {
        int[] all = [.. pool.UndisturbedOf(mode).Where(frame => frame.Party == party && frame.Kind == FrameKind.Message).Select(frame => frame.Number)];
        int step = TortureScope.Step(Math.Min(stepInCI, all.Length));
        int[] frames = [.. all.Where((_, index) => index % step == step / 2)];
        frames.Should().NotBeEmpty();
        CaseOutcome[] outcomes = CountEach(
            variant,
            frames,
            frame =>
            {
                using var run = new ProcessFederation(Pool, mode);
                run.RunTo(frame);
                if (run.StatesOf(party).Count > 0)
                {
                    disturb(run);
                }

                run.Run();
                if (!run.Record.IsSplit)
                {
                    ShouldEndWithOneModel(run, mode);
                }

                return new CaseOutcome(run.Stopped, run.Record.IsSplit);
            },
            test);
        return (outcomes.Sum(outcome => outcome.Stopped), outcomes.Count(outcome => outcome.IsSplit), frames.Length);
    }
}
