using System.Runtime.CompilerServices;
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
    public void Server_FromAnOlderCopy_OpensNoSecondListAndEndsTheJob(int states) => ForEachFrame($"{states}", PartyNames.Server, run =>
    {
        IReadOnlyList<byte[]> known = run.StatesOf(PartyNames.Server);
        byte[] copy = known[Math.Max(0, known.Count - 1 - states)];
        run.Restart(PartyNames.Server, folder => ProcessFederation.SetBack(folder, copy));
    });

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Client_FromAnOlderCopy_OpensNoSecondListAndEndsTheJob(int states) => ForEachFrame($"{states}", "c2", run =>
    {
        IReadOnlyList<byte[]> known = run.StatesOf("c2");
        byte[] copy = known[Math.Max(0, known.Count - 1 - states)];
        run.Record.MayUploadTwice = true;
        run.Restart("c2", folder => ProcessFederation.SetBack(folder, copy));
    });

    [Fact]
    public void TwoServers_OnOneFolder_OneStopsAndTheOtherEndsTheJob()
        => ForEachFrame("", PartyNames.Server, run => run.Fork(sharesFolder: true)).Stopped.Should().BePositive("the store finds the other server out");

    /// <summary>
    /// A copied state holds the uploads of the copy, so that both servers can close its attempt, whatever the quorum: then some
    /// clients open one list and some the other, none of them both, and at most one of the two models may ever be published.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TwoServers_OnCopiedFolders_ShowNoClientTwoListsAndLetNoTwoModelsBePublished(bool restartsFirst)
    {
        (int stopped, int split, int runs) = ForEachFrame($"{restartsFirst}", PartyNames.Server, run =>
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
        using var run = new ProcessFederation(Pool, JobMode.RoundKeys);
        using ProcessFederation undisturbed = new ProcessFederation(Pool, JobMode.RoundKeys).Run();
        run.RunTo(undisturbed.Frames / 2);
        byte[] newest = run.StatesOf(PartyNames.Server)[^1];
        byte[] older = run.StatesOf(PartyNames.Server)[^2];

        run.Restart(PartyNames.Server, folder => File.WriteAllBytes(Path.Combine(folder, FileNames.State), older));
        run.Statuses[PartyNames.Server].StateError.Should().Be(StateError.Outdated);

        run.Restart(PartyNames.Server, folder => File.WriteAllBytes(Path.Combine(folder, FileNames.State), newest));
        run.Run();
        ShouldEndWithOneModel(run, JobMode.RoundKeys);
    }

    private (int Stopped, int Split, int Runs) ForEachFrame(string variant, string party, Action<ProcessFederation> disturb, [CallerMemberName] string test = "")
    {
        (int stopped, int split, int runs) = ForEachFrame(variant, JobMode.RoundKeys, party, disturb, test: test);
        output.WriteLine($"{runs} runs, {stopped} servers stopped, {split} times two clients opened two lists.");
        return (stopped, split, runs);
    }
}
