using System.Globalization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Kits;

/// <summary>Says how a party of a kit stands, from what it saved last. The party may run meanwhile; nothing is changed.</summary>
internal static class KitStatus
{
    // The keys of each epoch have a file of their own, and the oldest ones go.
    private const string ClientKeys = "keys*.sealed";

    public static void Write(Kit kit, ToolConsole console, Report report)
    {
        FederationJob described = kit.ReadJob();
        using ServerFiles? files = kit.Role == PartyRole.Server ? ServerFiles.Open(kit, described) : null;
        ServerStatus? server = files is not null ? SavedServer.TryRead(kit, described, files, console) : null;
        FederationJob job = server?.Job ?? KitEpochs.Latest(kit, described);
        bool runs = IsLocked(Path.Combine(kit.Folder, PartyFolder.LockName));
        report.Set("role", kit.Role.ToString()).Set("party", kit.Party).Set("job", kit.JobName).Set("jobId", job.JobId.ToString()).Set("digest", job.Digest.ToString()).Set("runs", runs)
            .Set("rounds", job.Settings.Rounds).Set("epoch", job.EpochNumber).Set("clients", job.Roster.Clients.Select(client => client.Value))
            .Set("keys", job.Committee is null ? "authority" : "committee")
            .Line($"{kit.Party} ({kit.Role}) of the job {kit.JobName}; {(runs ? "a process works in its folder" : "no process works in its folder")}.")
            .Line($"Digest of the job: {job.Digest}")
            .Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{job.Settings.Rounds} rounds of {job.Settings.ClientsPerRound} clients, {job.Settings.Quorum} at least; {(job.Committee is { } committee
                    ? $"a committee of {committee.Members.Length} opens sums, {committee.Threshold} members suffice"
                    : "every client gets the authority's key, which opens sums")}."))
            .Line(string.Create(CultureInfo.InvariantCulture, $"Clients, in epoch {job.EpochNumber}: {Names(job.Roster.Clients)}."));
        if (job.Update.Privacy is PrivacyTerms terms)
        {
            PrivacyWords.Write(terms, report);
            KitSpending.Write(kit, described, files, terms, report);
        }

        if (server is not null)
        {
            WriteServer(server, report);
            KitMetrics.WriteNewest(files!, report);
        }
        else if (kit.Role == PartyRole.Server)
        {
            report.Set("round", 0).Line("It has saved nothing yet: no client has announced itself.");
        }
        else if (kit.Role == PartyRole.Authority)
        {
            KitApprovals.Write(kit, kit.ReadApprovalRules(), TimeProvider.System.GetUtcNow(), report);
        }
        else if (kit.Role == PartyRole.Client)
        {
            WriteClient(kit, job, report);
        }
    }

    private static void WriteServer(ServerStatus server, Report report)
    {
        report.Set("round", server.Round).Set("attempt", server.Attempt).Set("phase", server.Phase.ToString()).Set("aggregated", server.LastAggregatedRound)
            .Set("available", server.AvailableClients.Select(client => client.Value)).Set("contributed", server.Contributions.Select(one => one.Client.Value))
            .Set("withdrawn", server.WithdrawnClients.Select(client => client.Value)).Set("outcome", server.Outcome?.ToString())
            .Line(server.Outcome is FederationOutcome outcome
                ? $"The job has ended: {outcome}."
                : string.Create(CultureInfo.InvariantCulture, $"Round {server.Round}, attempt {server.Attempt}: {server.Phase}. The last sum is of round {server.LastAggregatedRound}."))
            .Line($"Clients that announced themselves: {Names(server.AvailableClients)}. Uploads of this round: {Names(server.Contributions.Select(one => one.Client))}.");
        if (!server.WithdrawnClients.IsEmpty)
        {
            report.Line($"Clients that contribute no more: {Names(server.WithdrawnClients)}.");
        }

        foreach ((ClientId member, MessageKind kind) in server.AwaitedMembers)
        {
            report.Line($"The committee's member {member} owes {kind}.");
        }
    }

    private static void WriteClient(Kit kit, FederationJob job, Report report)
    {
        bool hasKeys = Directory.Exists(kit.Folder) && Directory.EnumerateFiles(kit.Folder, ClientKeys).Any();
        report.Set("hasKeys", hasKeys).Set("isMember", job.Committee?.Members.Any(member => member.Value == kit.Party) == true)
            .Line(hasKeys ? "It has the keys of the job." : "It has no keys of the job yet: the authority must run to give them.");
        if (RoundNote.NewestWithModel(kit.Location) is (int newest, RoundNote note))
        {
            report.Set("round", newest).Set("model", note.Model).Set("sha256", note.Sha256).Set("release", note.Release.ToString()).Set("outcome", note.Outcome?.ToString())
                .Line(string.Create(CultureInfo.InvariantCulture, $"Newest model: round {newest}, {note.Model} ({note.Release}), sha256 {note.Sha256}."));
            if (note.Outcome is not null)
            {
                report.Line(note.Outcome == FederationOutcome.Left ? "It has left the job, which goes on without it." : $"The job has ended: {note.Outcome}.");
            }
        }
        else
        {
            report.Set("round", 0).Line("It has no model of the federation yet.");
        }
    }

    private static string Names(IEnumerable<ClientId> clients) => string.Join(", ", clients) is { Length: > 0 } names ? names : "none";

    private static bool IsLocked(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using FileStream _ = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
