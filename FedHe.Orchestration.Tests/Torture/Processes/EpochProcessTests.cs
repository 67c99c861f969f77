using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Host.Federations;
using FedHe.Orchestration.Tests.Host.Files;
using FedHe.Orchestration.Tests.Host.Frames;
using FedHe.Orchestration.Tests.Host.Kills;
using Xunit.Abstractions;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>
/// A server, an authority and five clients as processes, of which one leaves and another one joins by an epoch: each is killed with SIGKILL at every step of the
/// change. No member answers for two lists of a round or votes for two epochs, the job goes on to its end with one model, and the keys of the epoch before are gone.
/// </summary>
public sealed class EpochProcessTests(HostPool pool, ITestOutputHelper output) : ProcessTests(pool)
{
    private const int SeedInCI = 16;

    [Fact]
    public void Process_KilledAtEveryStepOfAChangeOfEpoch_LosesNothing()
    {
        using ProcessFederation undisturbed = new ProcessFederation(Pool, JobMode.Epochs).Run();
        ShouldEndInTheSecondEpoch(undisturbed);
        Kill[] all = [.. Kill.OfTheChange(undisturbed.Delivered)];
        all.Select(kill => kill.ChangeRole).Distinct().Should().BeEquivalentTo([PartyNames.Server, PartyNames.Authority, "client", PartyNames.Joiner, PartyNames.Leaver]);
        Kill[] kills = TortureScope.IsComplete ? all : [.. Kill.SampleBySeed(all, SeedInCI)];
        output.WriteLine($"{kills.Length} of {all.Length} kill points at {undisturbed.Frames} frames, seed {SeedInCI}.");

        ForEach("", kills, kill =>
        {
            using var run = new ProcessFederation(Pool, JobMode.Epochs)
            {
                Kills = { [kill.At.Number] = kill.Point },
                LosesWhatTheKilledSent = kill.IsLost,
            };
            run.Run();

            run.Killed.Should().Be(1);
            run.Stopped.Should().Be(0, "the server resumes its newest state");
            ShouldEndInTheSecondEpoch(run);
        });
    }

    [Fact]
    public void Processes_KilledAgainAndAgain_OnABadNetwork_EndTheJobInTheSecondEpoch() => ForEach("", Enumerable.Range(1, TortureScope.IsComplete ? 50 : 1), seed =>
    {
        output.WriteLine($"Seed {seed}.");
        var random = new Random(seed);
        KillPosition[] positions = Enum.GetValues<KillPosition>();
        using var run = new ProcessFederation(Pool, JobMode.Epochs, seed);
        for (int i = 0; i < 6; i++)
        {
            run.Kills[random.Next(240)] = new KillPoint(positions[random.Next(positions.Length)], random.Next(3));
        }

        run.Run();
        run.Stopped.Should().Be(0);
        ShouldEndInTheSecondEpoch(run);
    });

    private static void ShouldEndInTheSecondEpoch(ProcessFederation run)
    {
        ShouldEndWithOneModel(run, JobMode.Epochs);
        PartyNames.StayingOf(JobMode.Epochs).Should().OnlyContain(client => run.Statuses[client].Epoch == 2);
        PartyStatus leaver = run.Statuses[PartyNames.Leaver];
        leaver.Outcome.Should().Be(FederationOutcome.Left);
        leaver.ModelRound.Should().BeLessThan(run.Record.FirstRoundOfEpoch, "it has no model of an epoch without it");
        run.Record.Voters.Should().HaveCountGreaterThanOrEqualTo(3).And.NotContain(PartyNames.Joiner);
        foreach (string client in PartyNames.ClientsOf(JobMode.Epochs))
        {
            bool hasOldKeys = File.Exists(Path.Combine(run.FolderOf(client), FileNames.Keys));
            hasOldKeys.Should().Be(client == PartyNames.Leaver, "{0} keeps the group key that its model needs, and no other", client);
            HasKeyOfARound(run.FolderOf(client)).Should().BeFalse("{0} has no key of a round any more", client);
        }
    }

    /// <summary>Reads a member's ledger as a thief of its whole folder can.</summary>
    private static bool HasKeyOfARound(string folder)
    {
        var files = new PartyFiles(folder);
        if (!files.TryRead(FileNames.Ledger, out byte[]? bytes))
        {
            return false;
        }

        files.TryRead(FileNames.Job, out byte[]? job).Should().BeTrue();
        files.TryRead(FileNames.Identity, out byte[]? saved).Should().BeTrue();
        using var identity = ClientIdentity.Load(saved!, files.Protector);
        using MemberLedger ledger = MemberLedgerFormat.Read(bytes, SmallJob.Read(job!, context: null), identity, files.Protector, newest: null);
        return ledger.Key is not null;
    }
}
