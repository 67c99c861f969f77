using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Kills;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>
/// A server, a group-key authority and four clients that are all members of the committee, as processes that are killed with SIGKILL, or that
/// go on from older copies of their files. No member ever answers for two lists of a round, and a job that can go on does.
/// </summary>
public sealed class CommitteeProcessTests(HostPool pool, ITestOutputHelper output) : ProcessTests(pool)
{
    private const string Member = "c2";

    [Fact]
    public void Process_KilledAtEveryBoundary_LosesNothing()
    {
        using ProcessFederation undisturbed = new ProcessFederation(Pool, JobMode.Committee).Run();
        ShouldEndWithOneModel(undisturbed, JobMode.Committee);
        undisturbed.Record.AnsweredRounds.Should().Be(SmallJob.Rounds);
        Kill[] all = [.. Kill.All(undisturbed.Delivered)];
        Kill[] kills = TortureScope.IsComplete ? all : [.. Kill.SampleOfCommittee(all)];
        kills.Should().Contain(kill => kill.Point.Position == KillPosition.AmongFiles && kill.At.Files[kill.Point.Part] == FileNames.State && kill.At.Files[0] == FileNames.Ledger);
        output.WriteLine($"{kills.Length} of {all.Length} kill points at {undisturbed.Frames} frames.");

        ForEach("", kills, kill =>
        {
            using var run = new ProcessFederation(Pool, JobMode.Committee)
            {
                Kills = { [kill.At.Number] = kill.Point },
                LosesWhatTheKilledSent = kill.IsLost,
            };
            run.Run();

            run.Killed.Should().Be(1);
            run.Stopped.Should().Be(0, "the server resumes its newest state");
            ShouldEndWithOneModel(run, JobMode.Committee);
            ShouldSendAgain(run, kill);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Server_FromAnOlderCopy_HasNoSecondListAnsweredAndEndsTheJob(int states) => ForEachFrame($"{states}", JobMode.Committee, PartyNames.Server, run =>
    {
        IReadOnlyList<byte[]> known = run.StatesOf(PartyNames.Server);
        byte[] copy = known[Math.Max(0, known.Count - 1 - states)];
        run.Restart(PartyNames.Server, folder => ProcessFederation.SetBack(folder, copy));
    }, stepInCI: 101);

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Member_WithAnOlderStateBesideItsNewestLedger_AnswersForNoSecondListAndTheJobEnds(int states) => ForEachFrame($"{states}", JobMode.Committee, Member, run =>
    {
        IReadOnlyList<byte[]> known = run.StatesOf(Member);
        byte[] copy = known[Math.Max(0, known.Count - 1 - states)];
        run.Record.MayUploadTwice = true;
        run.Restart(Member, folder => File.WriteAllBytes(Path.Combine(folder, FileNames.State), copy));
    }, stepInCI: 41);

    /// <summary>The stamp of the newest ledger is gone too, so that only the newer state tells that the ledger is old.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void Member_WithAnOlderLedgerBesideItsNewestState_AnswersForNoSecondListAndTheJobEnds(int ledgers) => ForEachFrame($"{ledgers}", JobMode.Committee, Member, run =>
    {
        IReadOnlyList<byte[]> known = run.LedgersOf(Member);
        if (known.Count > 0)
        {
            byte[] copy = known[Math.Max(0, known.Count - 1 - ledgers)];
            run.Restart(Member, folder =>
            {
                File.WriteAllBytes(Path.Combine(folder, FileNames.Ledger), copy);
                File.Delete(Path.Combine(folder, FileNames.Fence));
            });
        }
    }, stepInCI: 41);

    [Fact]
    public void Member_WithoutItsLedger_AnswersForNoSecondListAndTheJobEnds() => ForEachFrame("", JobMode.Committee, Member, run => run.Restart(Member, DeleteLedger), stepInCI: 41);

    [Fact]
    public void Member_WithAnOlderLedgerThanItsFence_RefusesItAndGoesOnWithoutIt() => ForEachFrame("", JobMode.Committee, Member, run =>
    {
        if (run.LedgersOf(Member) is [.., byte[] older, _])
        {
            run.Restart(Member, folder => File.WriteAllBytes(Path.Combine(folder, FileNames.Ledger), older));
            run.Statuses[Member].StateError.Should().Be(StateError.Outdated);
            run.Restart(Member, DeleteLedger);
        }
    }, stepInCI: 41);

    /// <summary>A restored machine counts as corrupt: it may answer twice, and still no two lists of a round get enough answers.</summary>
    [Fact]
    public void Member_FromACopyOfItsWholeFolder_LetsNoSecondListBeOpened() => ForEachFrame("", JobMode.Committee, Member, run =>
    {
        if (run.LedgersOf(Member) is [byte[] oldest, ..])
        {
            byte[] state = run.StatesOf(Member)[0];
            run.Record.Corrupt.Add(Member);
            run.Record.MayUploadTwice = true;
            run.Restart(Member, folder =>
            {
                ProcessFederation.SetBack(folder, state);
                File.WriteAllBytes(Path.Combine(folder, FileNames.Ledger), oldest);
            });
        }
    }, stepInCI: 41);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TwoServers_FromOneState_HaveNoTwoListsAnswered(bool sharesFolder)
    {
        (int stopped, int split, int runs) = ForEachFrame($"{sharesFolder}", JobMode.Committee, PartyNames.Server, run => run.Fork(sharesFolder), stepInCI: 101);

        stopped.Should().BePositive("the store, or clients, find the other server out");
        split.Should().Be(0);
        output.WriteLine($"{runs} runs, {stopped} servers stopped.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Messages_LateTwiceOrLost_GiveTheAverageOfTheContributors(int kills) => ForEach($"{kills} kills", Enumerable.Range(1, TortureScope.IsComplete ? 50 : 1), seed =>
    {
        output.WriteLine($"Seed {seed}.");
        var random = new Random(seed);
        KillPosition[] positions = Enum.GetValues<KillPosition>();
        using var run = new ProcessFederation(Pool, JobMode.Committee, seed);
        for (int i = 0; i < kills; i++)
        {
            run.Kills[random.Next(160)] = new KillPoint(positions[random.Next(positions.Length)], random.Next(3));
        }

        run.Run();
        run.Stopped.Should().Be(0);
        ShouldEndWithOneModel(run, JobMode.Committee);
    });

    private static void DeleteLedger(string folder)
    {
        File.Delete(Path.Combine(folder, FileNames.Ledger));
        File.Delete(Path.Combine(folder, FileNames.Fence));
    }
}
