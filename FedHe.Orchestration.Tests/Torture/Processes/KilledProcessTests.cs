using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;
using FedHe.Orchestration.Tests.Host.Kills;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>
/// Server, authority and clients are processes, and each is killed with SIGKILL at every boundary of a run: before, while and after
/// its files are written, and before, among and after its messages. It goes on from its files, and nothing is lost.
/// </summary>
public sealed class KilledProcessTests(HostPool pool, ITestOutputHelper output) : ProcessTests(pool)
{
    [Theory]
    [InlineData(JobMode.RoundKeys, true, 0.4, false)]
    [InlineData(JobMode.Direct, false, 1.0, false)]
    [InlineData(JobMode.RoundKeys, true, 0.6, true)]
    [InlineData(JobMode.Direct, true, 0.4, true)]
    [InlineData(JobMode.Committee, true, 0.5, true)]
    public void Process_KilledAtEveryBoundary_LosesNothing(JobMode mode, bool noticesBrokenConnections, double placeInCI, bool hasSumsInFiles)
    {
        using ProcessFederation undisturbed = new ProcessFederation(Pool, mode) { HasSumsInFiles = hasSumsInFiles }.Run();
        ShouldEndWithOneModel(undisturbed, mode);
        string sums = Path.Combine(undisturbed.FolderOf(PartyNames.Server), FileNames.Sums);
        (Directory.Exists(sums) && Directory.EnumerateFiles(sums, "*.sum").Any()).Should().Be(hasSumsInFiles);

        // Where sums are concerns no other party.
        Kill[] all = [.. Kill.All(undisturbed.Delivered).Where(kill => !hasSumsInFiles || kill.Role == PartyNames.Server)];
        Kill[] kills = TortureScope.IsComplete ? all : [.. Kill.Sample(all, placeInCI)];
        output.WriteLine($"{kills.Length} of {all.Length} kill points at {undisturbed.Frames} frames.");

        ForEach($"{mode}{(hasSumsInFiles ? ", sums in files" : string.Empty)}", kills, kill =>
        {
            using var run = new ProcessFederation(Pool, mode)
            {
                Kills = { [kill.At.Number] = kill.Point },
                HasSumsInFiles = hasSumsInFiles,
                NoticesBrokenConnections = noticesBrokenConnections,
                LosesWhatTheKilledSent = kill.IsLost,
            };
            run.Run();

            run.Killed.Should().Be(1);
            run.Stopped.Should().Be(0, "the server resumes its newest state");
            ShouldEndWithOneModel(run, mode);
            ShouldSendAgain(run, kill);
        });
    }

    [Fact]
    public void Server_KilledAgainWhileItResumes_LosesNothing()
    {
        using ProcessFederation undisturbed = new ProcessFederation(Pool, JobMode.RoundKeys).Run();
        Kill[] firsts =
        [
            .. Kill.All(undisturbed.Delivered)
                .Where(kill => kill is { Role: PartyNames.Server, Point.Position: KillPosition.AfterSaving, At.Kind: not FrameKind.Begin }),
        ];
        KillPoint[] seconds =
        [
            new(KillPosition.BeforeSaving), new(KillPosition.WhileSaving), new(KillPosition.AmongFiles, 1), new(KillPosition.AfterSaving),
            new(KillPosition.AmongMessages, 1), new(KillPosition.AfterMessages),
        ];
        (Kill First, KillPoint Second)[] all = [.. firsts.SelectMany(first => seconds.Select(second => (first, second)))];
        int step = TortureScope.Step(61);

        ForEach("", all.Where((_, index) => index % step == 0), kills =>
        {
            using var run = new ProcessFederation(Pool, JobMode.RoundKeys)
            {
                Kills = { [kills.First.At.Number] = kills.First.Point, [kills.First.At.Number + 1] = kills.Second },
            };
            run.Run();

            run.Killed.Should().BeInRange(1, 2, "not every step has a second message");
            run.Stopped.Should().Be(0);
            ShouldEndWithOneModel(run, JobMode.RoundKeys);
        });
    }
}
