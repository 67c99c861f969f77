using System.CommandLine;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe round open</c>: the server begins a round and invites the clients that announced themselves for it.</summary>
internal static class RoundCommand
{
    public static Command Describe(CommandScope scope) => new("round", "Begin rounds, on the server.") { DescribeOpen(scope) };

    private static Command DescribeOpen(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the server.");
        var now = new Option<bool>("--now") { Description = "Do not wait for clients that have not announced themselves, if a quorum has." };
        var command = new Command("open", "Write the signed invitations of the next round, for the clients whose announcements are in the inbox.") { folder, now };
        return scope.Define(command, (parsed, report, cancellationToken) =>
        {
            string location = parsed.GetValue(folder)!.FullName;
            KeyGuard.Check(location);
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(location, PartyRole.Server);
            using ServerParty server = ServerParty.Open(party, protector, invites: true);
            if (server.Server.Phase is ServerPhase.NotStarted or ServerPhase.WaitingForClients && Missing(server) is { Length: > 0 } missing)
            {
                int here = server.Trainers.Count - missing.Length;
                int needed = Math.Min(server.Job.Settings.ClientsPerRound, server.Trainers.Count);
                bool isEnough = here >= needed || (parsed.GetValue(now) && here >= server.Job.Settings.Quorum);
                if (!isEnough)
                {
                    report.Set("missing", missing);
                    throw ToolException.TryAgain(
                        $"{here} of {needed} clients have announced themselves; {string.Join(", ", missing)} have not. "
                        + $"Deliver their announcements{(here >= server.Job.Settings.Quorum ? ", or begin without them with --now" : string.Empty)}.");
                }
            }

            // All announcements are taken in one go, so that acknowledgement and invitation come from one life of the server.
            server.Begin();
            if (server.Job.Committee is not null)
            {
                // Members first: they are asked for their keys, and a client that is none hears of the server when the round begins. Their votes may begin an epoch.
                server.HandleInbox(cancellationToken, file => file.Info?.Client is not ClientId client || server.Job.Committee.Members.Contains(client));
            }

            if (!server.AwaitsMemberKeys || parsed.GetValue(now))
            {
                server.HandleInbox(cancellationToken);
            }

            if (server.Server.Phase == ServerPhase.WaitingForClients && parsed.GetValue(now))
            {
                server.PassDeadline();
            }

            return Task.FromResult(Conclude(server, report));
        });
    }

    private static int Conclude(ServerParty server, Report report)
    {
        AggregateCommand.WriteState(server, report);
        if (server.Server.Outcome is { } outcome)
        {
            report.Line($"The job has ended: {outcome}.");
            return ExitCodes.Done;
        }

        if (server.Server.Phase == ServerPhase.Renewing || (server.Server.Phase == ServerPhase.WaitingForClients && server.AwaitsMemberKeys))
        {
            throw AggregateCommand.WaitForCommittee(server, report, "round open");
        }

        if (server.Server.Phase != ServerPhase.Collecting)
        {
            throw ToolException.TryAgain($"Round {server.Server.Round} is not open yet ({server.Server.Phase}). Deliver what the clients sent.");
        }

        PartyNotes notes = server.Notes;
        string[] uninvited = [.. notes.Selected.Except(notes.Invited, StringComparer.Ordinal)];
        report.Set("invited", notes.Invited).Set("missing", uninvited).Line($"Round {notes.Round}: invitations for {string.Join(", ", notes.Invited)} are in the outbox.");
        return uninvited.Length == 0 || notes.Invited.Count >= server.Job.Settings.Quorum
            ? AddWarning(report, uninvited)
            : throw ToolException.TryAgain($"The announcements of {string.Join(", ", uninvited)} for round {notes.Round} are not here yet.");
    }

    private static int AddWarning(Report report, string[] uninvited)
    {
        if (uninvited.Length > 0)
        {
            report.Line($"Not invited yet, for want of an announcement: {string.Join(", ", uninvited)}.");
        }

        return ExitCodes.Done;
    }

    /// <summary>The clients that neither are available nor have an announcement in the inbox.</summary>
    private static string[] Missing(ServerParty server)
    {
        var here = server.Server.AvailableClients.Select(client => client.Value).ToHashSet(StringComparer.Ordinal);
        here.UnionWith(server.Waiting().Where(file => file.Info is { Kind: MessageKind.Announcement, Client: not null }).Select(file => file.Info!.Client!.Value.Value));
        return [.. server.Trainers.Select(client => client.Value).Where(client => !here.Contains(client))];
    }
}
