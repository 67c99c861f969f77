using System.CommandLine;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Server;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe aggregate</c>: the server adds the uploads up, where no key may lie.</summary>
internal static class AggregateCommand
{
    public static Command Describe(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the server.");
        var now = new Option<bool>("--now") { Description = "Close the round without the uploads that are missing, if a quorum is here; open the sum without the members that are missing, or ask them again." };
        var command = new Command("aggregate", "Add up the uploads in the inbox, and close the round when all are here. A committee then opens the sum: run it again when the members have answered. Refuses to run where a key lies.") { folder, now };
        return scope.Define(command, (parsed, report, cancellationToken) =>
        {
            string location = parsed.GetValue(folder)!.FullName;
            KeyGuard.Check(location);
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(location, PartyRole.Server);
            using ServerParty server = ServerParty.Open(party, protector, invites: false);
            bool wasOpening = server.Server.Phase == ServerPhase.Opening;
            if (server.Waiting().Count > 0 || server.OwesMessages)
            {
                server.Begin();
                server.HandleInbox(cancellationToken);
            }

            bool isFull = server.Server.Phase == ServerPhase.Collecting && server.Server.Contributions.Length >= server.Job.Settings.Quorum;
            if (parsed.GetValue(now) && (isFull || (wasOpening && server.Server.Phase == ServerPhase.Opening)))
            {
                server.PassDeadline();
            }

            return Task.FromResult(Conclude(server, report));
        });
    }

    /// <summary>Writes where the job stands.</summary>
    public static void WriteState(ServerParty server, Report report)
    {
        report.Set("round", server.Server.Round).Set("attempt", server.Server.Attempt).Set("phase", server.Server.Phase.ToString())
            .Set("lastAggregatedRound", server.Server.LastAggregatedRound).Set("outcome", server.Server.Outcome?.ToString()).Set("refused", server.Refused);
        EpochReport.Write(server, report);
        server.Refused.ForEach(one => report.Line($"Refused, and put into the folder refused: {one}"));
        foreach ((var client, var reason) in server.Server.ExcludedClients)
        {
            report.Line($"Excluded from the job: {client} ({reason}).");
        }

        if (server.Server.WithdrawnClients is { Count: > 0 } withdrawn)
        {
            report.Line($"Clients that contribute no more: {string.Join(", ", withdrawn)}.");
        }
    }

    /// <summary>Says what the committee owes, and what to do.</summary>
    public static ToolException WaitForCommittee(ServerParty server, Report report, string command)
    {
        string[] members = [.. server.Server.AwaitedMembers.Keys.Select(member => member.Value)];
        report.Set("committeeOwes", server.Notes.Awaited).Set("awaitedMembers", members);
        server.Notes.Awaited.ToList().ForEach(one => report.Line($"Committee, {one} is missing."));
        if (server.Server.Phase == ServerPhase.Renewing)
        {
            CommitteeTerms committee = server.Job.Committee!;
            return ToolException.TryAgain(
                $"Epoch {server.Job.EpochNumber + 1} waits for its committee: {string.Join(", ", members)}. {committee.Threshold} of {committee.Members.Length} votes begin it. Deliver to these members, "
                + $"run 'fedhe answer' there, deliver back, and run 'fedhe {command}' again; 'fedhe epoch propose' asks these members again. No round begins before: it would need as many of them.");
        }

        return ToolException.TryAgain(
            $"Round {server.Server.Round} waits for its committee: {string.Join(", ", members)}. Deliver to these members, run 'fedhe answer' there, deliver back, and run "
            + $"'fedhe {command}' again. With --now it asks again, or goes on where enough members have answered: {server.Job.Committee!.Quorum} of {server.Job.Committee.Members.Length}.");
    }

    private static int Conclude(ServerParty server, Report report)
    {
        WriteState(server, report);
        if (server.Closed.LastOrDefault(one => one.IsAggregated) is RoundReport closed)
        {
            report.Set("aggregatedRound", closed.Round).Set("contributors", closed.Contributions.Select(one => one.Client.Value)).Set("aggregateBytes", closed.AggregateLength)
                .Line($"Round {closed.Round} is added up: {closed.Contributions.Length} contributors. The aggregate is in the outbox, for every client.");
            return ExitCodes.Done;
        }

        if (server.Server.Outcome is { } outcome)
        {
            report.Line($"The job has ended: {outcome}.");
            return ExitCodes.Done;
        }

        if (server.Server.Phase == ServerPhase.Opening)
        {
            throw WaitForCommittee(server, report, "aggregate");
        }

        if (server.Server.Phase != ServerPhase.Collecting)
        {
            throw ToolException.TryAgain($"Round {server.Server.Round} is not collecting ({server.Server.Phase}). Run 'fedhe round open'.");
        }

        string[] here = [.. server.Server.Contributions.Select(one => one.Client.Value)];
        string[] missing = [.. server.Notes.Selected.Except(here, StringComparer.Ordinal)];
        report.Set("contributors", here).Set("missing", missing);
        throw ToolException.TryAgain(
            $"Round {server.Server.Round} has {here.Length} uploads; those of {string.Join(", ", missing)} are missing. Deliver them"
            + (here.Length >= server.Job.Settings.Quorum ? ", or close the round without them with --now." : $"; {server.Job.Settings.Quorum} are needed."));
    }
}
