using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Server;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Kits;

/// <summary>Says how a party of a kit stands, from what it saved last. The party may run meanwhile; nothing is changed.</summary>
internal static class KitStatus
{
    private const string LockName = "lock";
    private const string ClientKeys = "keys.sealed";

    public static void Write(Kit kit, Func<string, ISecretProtector> protectorOf, Report report)
    {
        FederationJob job = kit.ReadJob();
        bool runs = IsLocked(Path.Combine(kit.Folder, LockName));
        report.Set("role", kit.Role.ToString()).Set("party", kit.Party).Set("job", kit.JobName).Set("jobId", job.JobId.ToString()).Set("digest", job.Digest.ToString()).Set("runs", runs)
            .Set("rounds", job.Settings.Rounds).Set("clients", job.Roster.Clients.Select(client => client.Value)).Set("keys", job.Committee is null ? "authority" : "committee")
            .Line($"{kit.Party} ({kit.Role}) of the job {kit.JobName}; {(runs ? "a process works in its folder" : "no process works in its folder")}.")
            .Line($"Digest of the job: {job.Digest}")
            .Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{job.Settings.Rounds} rounds of {job.Settings.ClientsPerRound} clients, {job.Settings.Quorum} at least; {(job.Committee is { } committee
                    ? $"a committee of {committee.Members.Length} opens sums, {committee.Threshold} members suffice"
                    : "every client gets the authority's key, which opens sums")}."));
        switch (kit.Role)
        {
            case PartyRole.Server:
                WriteServer(kit, job, protectorOf, report);
                break;
            case PartyRole.Client:
                WriteClient(kit, job, report);
                break;
            default:
                break;
        }
    }

    private static void WriteServer(Kit kit, FederationJob job, Func<string, ISecretProtector> protectorOf, Report report)
    {
        string path = Path.Combine(kit.Folder, PartyFiles.State);
        if (!File.Exists(path))
        {
            report.Set("round", 0).Line("It has saved nothing yet: no client has announced itself.");
            return;
        }

        // Before the state, which its server may save meanwhile: it then has these changes already.
        ReadOnlyMemory<byte>[] changes = [.. ChangeLog.Read(Path.Combine(kit.Folder, PartyFiles.Changes))];
        using ServerIdentity identity = LoadIdentity(kit, protectorOf);
        using HeContext? scheme = job.Committee is null ? JobPackage.CreateContext(job.Settings.ClientsPerRound) : null;
        var setup = new FederationServerSetup { Context = JobPackage.PublicContextOf(job, scheme), Job = job, Identity = identity };
        using FederationServer server = FederationServer.Restore(setup, File.ReadAllBytes(path), newest: null, changes);
        report.Set("round", server.Round).Set("attempt", server.Attempt).Set("phase", server.Phase.ToString()).Set("aggregated", server.LastAggregatedRound)
            .Set("available", server.AvailableClients.Select(client => client.Value)).Set("contributed", server.Contributions.Select(one => one.Client.Value))
            .Set("outcome", server.Outcome?.ToString())
            .Line(server.Outcome is FederationOutcome outcome
                ? $"The job has ended: {outcome}."
                : string.Create(CultureInfo.InvariantCulture, $"Round {server.Round}, attempt {server.Attempt}: {server.Phase}. The last sum is of round {server.LastAggregatedRound}."))
            .Line($"Clients that announced themselves: {Names(server.AvailableClients)}. Uploads of this round: {Names(server.Contributions.Select(one => one.Client))}.");
        foreach ((ClientId member, MessageKind kind) in server.AwaitedMembers)
        {
            report.Line($"The committee's member {member} owes {kind}.");
        }
    }

    private static void WriteClient(Kit kit, FederationJob job, Report report)
    {
        bool hasKeys = File.Exists(Path.Combine(kit.Folder, ClientKeys));
        IReadOnlyList<int> rounds = RoundNote.RoundsOf(kit.Location);
        report.Set("hasKeys", hasKeys).Set("isMember", job.Committee?.Members.Any(member => member.Value == kit.Party) == true)
            .Line(hasKeys ? "It has the keys of the job." : "It has no keys of the job yet: the authority must run to give them.");
        if (rounds.LastOrDefault(round => RoundNote.Read(kit.Location, round).Model is not null) is int newest and > 0)
        {
            RoundNote note = RoundNote.Read(kit.Location, newest);
            report.Set("round", newest).Set("model", note.Model).Set("sha256", note.Sha256).Set("release", note.Release.ToString()).Set("outcome", note.Outcome?.ToString())
                .Line(string.Create(CultureInfo.InvariantCulture, $"Newest model: round {newest}, {note.Model} ({note.Release}), sha256 {note.Sha256}."));
            if (note.Outcome is not null)
            {
                report.Line($"The job has ended: {note.Outcome}.");
            }
        }
        else
        {
            report.Set("round", 0).Line("It has no model of the federation yet.");
        }
    }

    private static ServerIdentity LoadIdentity(Kit kit, Func<string, ISecretProtector> protectorOf)
    {
        string path = Path.Combine(kit.Folder, PartyFiles.Identity);
        ISecretProtector protector = protectorOf(File.ReadAllText(kit.PathOf(KitFiles.Password)).TrimEnd('\r', '\n'));
        try
        {
            return ServerIdentity.Load(File.ReadAllBytes(path), protector);
        }
        catch (HeFormatException fault)
        {
            throw ToolException.Refused($"{path} is damaged, or {KitFiles.Password} is not its password. Take both from the kit again.", fault);
        }
        finally
        {
            (protector as IDisposable)?.Dispose();
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
