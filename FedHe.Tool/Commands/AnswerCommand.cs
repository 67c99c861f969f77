using System.CommandLine;
using System.Globalization;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe answer</c>: a member of the committee does what the server asks of it.</summary>
internal static class AnswerCommand
{
    private static readonly Dictionary<MessageKind, string> Words = new()
    {
        [MessageKind.MemberKey] = "the key of the round",
        [MessageKind.BoxReport] = "the report on the boxes",
        [MessageKind.ShareAnswer] = "the answer for the list, the only one of the round",
    };

    public static Command Describe(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client that is a member of the committee.");
        var command = new Command(
            "answer",
            "On a member of the committee: send the key of a round, open the boxes of its uploads, and answer for the list of its contributors, once and for no other list. The ledger of "
            + "the answers is in the folder 'ledger', which must not be backed up.") { folder };
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Client);
            using ClientParty client = ClientParty.Open(party, protector);
            if (client.Job.Committee is null)
            {
                throw ToolException.Refused("The job has no committee: every client has the key that opens sums.");
            }

            // A client that is no member may become one with the epoch whose certificate is in the inbox.
            bool wasMember = client.IsMember;
            await client.HandleInboxAsync([MessageKind.Invitation], cancellationToken);
            if (!wasMember && !client.IsMember && !client.HasLeft)
            {
                throw ToolException.Refused($"This client is no member of the committee, which is {string.Join(", ", client.Job.Committee.Members)}.");
            }

            client.AskForBoxesAgain();
            ModelCommand.WriteState(client, report);
            return Conclude(client, report);
        });
    }

    private static int Conclude(ClientParty client, Report report)
    {
        string[] sent = [.. client.Written.Where(kind => kind == MessageKind.EpochVote || Words.ContainsKey(kind)).Distinct().Select(kind => kind.ToString())];
        report.Set("sent", sent).Set("silentUpToRound", client.SilentRound);
        foreach (MessageKind kind in client.Written.Where(Words.ContainsKey).Distinct())
        {
            report.Line($"In the outbox, for the server: {Words[kind]}.");
        }

        if (client.SilentRound > 0)
        {
            report.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"The ledger is missing, so that this member does not know what it answered for: it is silent up to round {client.SilentRound}, and takes part again after it."));
        }

        if (sent.Length > 0 || client.HasLeft)
        {
            return ExitCodes.Done;
        }

        EpochReport.RequireKeys(client);
        if (client.Job.EpochNumber > client.EpochBefore)
        {
            return ExitCodes.Done;
        }

        if (client.Written.Contains(MessageKind.Announcement))
        {
            throw ToolException.TryAgain("The member has to open the boxes of the list again, and the announcement in the outbox asks for them. Deliver it, run 'fedhe aggregate' on the server, deliver, and run this again.");
        }

        if (client.Ignored.FirstOrDefault(one => one is { Kind: MessageKind.ListOffer, Reason: not IgnoredReason.Outdated }) is { Kind: MessageKind.ListOffer } refused)
        {
            throw ToolException.Refused($"The member does not answer for this list: {refused.Reason}.");
        }

        if (client.Ignored.FirstOrDefault(one => one.Kind == MessageKind.EpochOffer) is { Kind: MessageKind.EpochOffer } plan)
        {
            throw client.Written.Contains(MessageKind.AggregateRequest)
                ? ToolException.TryAgain("The member lacks the sum before the epoch, and asks for it. Deliver what is in the outbox, run 'fedhe epoch propose' on the server, deliver, and run this again.")
                : ToolException.Refused($"The member does not vote for this plan: {plan.Reason}.");
        }

        if (client.Ignored.Any(one => one.Reason == IgnoredReason.EpochIsOver))
        {
            throw ToolException.TryAgain("The member voted for the next epoch, and takes part in no round until it begins, or a later sum is here. Deliver what the server sends.");
        }

        throw ToolException.TryAgain("The server asks nothing of this member in the inbox. Deliver from the server first.");
    }
}
