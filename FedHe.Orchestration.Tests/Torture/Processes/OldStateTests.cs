using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>Processes that go on from older copies of their files, and servers of which two go on from the same.</summary>
public sealed class OldStateTests(HostPool pool, ITestOutputHelper output) : ProcessTests(pool)
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Server_FromAnOlderCopy_OpensNoSecondListAndEndsTheJob(int states) => ForEachFrame(PartyNames.Server, run =>
    {
        IReadOnlyList<byte[]> known = run.StatesOf(PartyNames.Server);
        byte[] copy = known[Math.Max(0, known.Count - 1 - states)];
        run.Restart(PartyNames.Server, folder => ProcessFederation.SetBack(folder, copy));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Client_FromAnOlderCopy_OpensNoSecondListAndEndsTheJob(int states) => ForEachFrame("c2", run =>
    {
        IReadOnlyList<byte[]> known = run.StatesOf("c2");
        byte[] copy = known[Math.Max(0, known.Count - 1 - states)];
        run.Record.MayUploadTwice = true;
        run.Restart("c2", folder => ProcessFederation.SetBack(folder, copy));
    });

    [Fact]
    public void TwoServers_OnOneFolder_OneStopsAndTheOtherEndsTheJob()
        => ForEachFrame(PartyNames.Server, run => run.Fork(sharesFolder: true)).Stopped.Should().BePositive("the store finds the other server out");

    /// <summary>
    /// A copied state holds the uploads of the copy, so that both servers can close its attempt, whatever the quorum: then some
    /// clients open one list and some the other, none of them both, and at most one of the two models may ever be published.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TwoServers_OnCopiedFolders_ShowNoClientTwoListsAndLetNoTwoModelsBePublished(bool restartsFirst)
    {
        (int stopped, int split, int runs) = ForEachFrame(PartyNames.Server, run =>
        {
            run.Fork(sharesFolder: false);
            if (restartsFirst)
            {
                run.Restart(PartyNames.Server);
            }
        });

        stopped.Should().BePositive("clients find the other server out");
        split.Should().BeLessThan(runs, "most forks are found out before a round is closed twice");
    }

    [Fact]
    public void Server_FromAnOlderCopyThanItsFence_RefusesIt()
    {
        using var run = new ProcessFederation(Pool, JobProtection.RoundKeys);
        using ProcessFederation undisturbed = new ProcessFederation(Pool, JobProtection.RoundKeys).Run();
        run.RunTo(undisturbed.Frames / 2);
        byte[] newest = run.StatesOf(PartyNames.Server)[^1];
        byte[] older = run.StatesOf(PartyNames.Server)[^2];

        run.Restart(PartyNames.Server, folder => File.WriteAllBytes(Path.Combine(folder, FileNames.State), older));
        run.Statuses[PartyNames.Server].StateError.Should().Be(StateError.Outdated);

        run.Restart(PartyNames.Server, folder => File.WriteAllBytes(Path.Combine(folder, FileNames.State), newest));
        run.Run();
        ShouldEndWithOneModel(run, JobProtection.RoundKeys);
    }

    /// <summary>
    /// Disturbs a run at every frame of a party that has a state, or in CI at every seventh, and counts the servers that stopped and the
    /// runs in which two clients opened two lists. All others end with one model.
    /// </summary>
    private (int Stopped, int Split, int Runs) ForEachFrame(string party, Action<ProcessFederation> disturb)
    {
        using ProcessFederation undisturbed = new ProcessFederation(Pool, JobProtection.RoundKeys).Run();
        int step = IsComplete ? 1 : 7;
        int[] frames =
        [
            .. undisturbed.Delivered.Where(frame => frame.Party == party && frame.Kind == FrameKind.Message).Select(frame => frame.Number)
                .Where((_, index) => index % step == step / 2),
        ];
        int stopped = 0;
        int split = 0;
        ForEach(frames, frame =>
        {
            using var run = new ProcessFederation(Pool, JobProtection.RoundKeys);
            run.RunTo(frame);
            if (run.StatesOf(party).Count > 0)
            {
                disturb(run);
            }

            run.Run();
            Interlocked.Add(ref stopped, run.Stopped);
            if (run.Record.IsSplit)
            {
                Interlocked.Increment(ref split);
            }
            else
            {
                ShouldEndWithOneModel(run, JobProtection.RoundKeys);
            }
        });
        output.WriteLine($"{frames.Length} runs, {stopped} servers stopped, {split} times two clients opened two lists.");
        return (stopped, split, frames.Length);
    }
}
