using System.CommandLine;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe decrypt</c>, <c>fedhe confirm</c> and <c>fedhe announce</c>: what a client does around a round.</summary>
internal static class ModelCommand
{
    public static Command DescribeDecrypt(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client.");
        var command = new Command("decrypt", "Verify the aggregate in the inbox and open it. Without a committee the model's file is called unconfirmed until 'fedhe confirm' has seen enough signatures.") { folder };
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Client);
            using ClientParty client = ClientParty.Open(party, protector);
            int before = client.Client.ModelRound;
            await client.HandleInboxAsync([MessageKind.Invitation, MessageKind.Confirmations], cancellationToken);
            WriteState(client, report);
            if (client.Client.ModelRound > 0 && (client.Client.ModelRound > before || client.Client.IsUpToDate))
            {
                report.Line($"The model of round {client.Client.ModelRound} is {client.ModelPath}.")
                    .Line(client.Client.Release == ModelRelease.Unconfirmed ? "It is unconfirmed: keep it inside until 'fedhe confirm' is done."
                        : client.Job.Committee is null ? "It is confirmed."
                        : "The committee has answered for this sum, and for no other of the round, so it needs no confirmation.");
                if (client.Job.Committee is not null)
                {
                    AnnounceForNextRound(client, report);
                }

                return ExitCodes.Done;
            }

            if (client.HasLeft)
            {
                return ExitCodes.Done;
            }

            EpochReport.RequireKeys(client);
            if (client.Ignored.FirstOrDefault(one => one.Kind == MessageKind.Aggregate) is { Kind: MessageKind.Aggregate } refused)
            {
                throw ToolException.Refused($"The aggregate was refused before anything of it was opened: {refused.Reason}. What follows is in the outbox, for the server.");
            }

            throw ToolException.TryAgain("No aggregate is in the inbox. Deliver it from the server.");
        });
    }

    public static Command DescribeConfirm(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the server or of a client.");
        var output = new Option<FileInfo?>("--out") { Description = "On a client: also write the confirmed model to this file." };
        var command = new Command("confirm", "On the server: pass the signatures of the clients on. On a client: check them, and take the word unconfirmed from the model.") { folder, output };
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            string location = parsed.GetValue(folder)!.FullName;
            bool isServer = PartyFolder.Peek(location)?.Role == PartyRole.Server;
            if (isServer)
            {
                KeyGuard.Check(location);
            }

            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(location, PartyRole.Server, PartyRole.Client);
            if (isServer)
            {
                return parsed.GetValue(output) is null ? PassOn(party, protector, report, cancellationToken) : throw ToolException.Usage("The server has no model to write with --out.");
            }

            using ClientParty client = ClientParty.Open(party, protector);
            await client.HandleInboxAsync([MessageKind.Invitation], cancellationToken);
            WriteState(client, report);
            if (client.Client.ModelRound == 0 || client.Client.Release == ModelRelease.Unconfirmed)
            {
                throw ToolException.TryAgain(
                    $"{(client.Ignored.Any(one => one.Reason == IgnoredReason.BadConfirmation) ? "The signatures do not confirm the model of this client. " : string.Empty)}"
                    + "Too few clients have confirmed the model so far. Run 'fedhe confirm' on the server when more have, and deliver.");
            }

            if (parsed.GetValue(output) is FileInfo file)
            {
                // From what was verified, and not from a file that anybody may have changed since.
                client.WriteModel(file.FullName, client.Client.GlobalModel);
                report.Set("out", file.FullName);
            }

            report.Line($"The model of round {client.Client.ModelRound} is confirmed: {client.ModelPath}.");
            AnnounceForNextRound(client, report);
            return ExitCodes.Done;
        });
    }

    public static Command DescribeAnnounce(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client.");
        Option<long> samples = SampleCountOption.Create();
        var command = new Command("announce", "Tell the server that the client is there: after an invitation was lost, or when the number of samples has changed.") { folder, samples };
        return scope.Define(command, (parsed, report) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Client);
            if (parsed.GetResult(samples) is not null)
            {
                party.Note(notes => notes with { Samples = parsed.GetValue(samples) });
            }

            using ClientParty client = ClientParty.Open(party, protector);
            if (client.HasLeft)
            {
                WriteState(client, report);
                return ExitCodes.Done;
            }

            client.Announce();
            WriteState(client, report);
            report.Set("samples", party.Notes.Samples).Line("The announcement is in the outbox, for the server. Next: 'fedhe round open' there.");
            return ExitCodes.Done;
        });
    }

    private static void AnnounceForNextRound(ClientParty client, Report report)
    {
        client.AnnounceForNextRound();
        if (client.Client.ModelRound < client.Job.Settings.Rounds && client.Client.Outcome is null && !client.Client.NeedsKeys)
        {
            report.Line("The announcement for the next round is in the outbox, for the server.");
        }
    }

    /// <summary>Writes where a client stands.</summary>
    public static void WriteState(ClientParty client, Report report)
    {
        EpochReport.Write(client, report);
        report.Set("client", client.Client.Client.Value).Set("modelRound", client.Client.ModelRound).Set("rounds", client.Job.Settings.Rounds)
            .Set("release", client.Client.Release.ToString()).Set("model", client.ModelPath).Set("outcome", client.Client.Outcome?.ToString())
            .Set("ignored", client.Ignored.Select(one => $"{one.Kind}: {one.Reason}")).Set("refusedByServer", client.Refusals.Select(one => one.ToString()))
            .Set("contributors", client.Client.LatestAverage?.Contributions).Set("largestError", client.Client.LatestAverage?.MaxErrorBound);
        if (client.Client.Privacy is PrivacySpending spending)
        {
            PrivacyWords.Write(spending, client.Job.Update.Privacy!, report);
        }
    }

    private static int PassOn(PartyFolder party, FolderSecrets protector, Report report, CancellationToken cancellationToken)
    {
        using ServerParty server = ServerParty.Open(party, protector, invites: false);
        if (server.Waiting().Count > 0 || server.OwesMessages)
        {
            server.Begin();
            server.HandleInbox(cancellationToken);
        }

        AggregateCommand.WriteState(server, report);
        if (server.Job.Committee is not null && server.Server.LastAggregatedRound > 0)
        {
            report.Line($"The committee has answered for the sum of round {server.Server.LastAggregatedRound}: its model needs no confirmations, and there is nothing to pass on.");
            return ExitCodes.Done;
        }

        if (server.Server.LastAggregatedRound == 0 || server.Notes.ConfirmedRound < server.Server.LastAggregatedRound)
        {
            throw ToolException.TryAgain($"Too few clients have confirmed the model of round {server.Server.LastAggregatedRound} so far. Deliver their confirmations.");
        }

        report.Set("confirmedRound", server.Notes.ConfirmedRound).Line($"The signatures under the model of round {server.Notes.ConfirmedRound} are in the outbox, for every client.");
        return ExitCodes.Done;
    }
}
