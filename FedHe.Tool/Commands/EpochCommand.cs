using System.CommandLine;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe epoch</c>: clients join and leave, members are replaced, and the group key is renewed, in the same job.</summary>
internal static class EpochCommand
{
    public static Command Describe(CommandScope scope) => new("epoch", "Change the clients, the committee and the group key of a job with a committee, between two rounds.")
    {
        DescribePlan(scope),
        DescribePropose(scope),
        DescribeEnter(scope),
    };

    private static Command DescribePlan(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the authority.");
        Option<string[]> join = Names("--join", "Clients that join, each with the fingerprint of its card in the inbox. Without one, the command shows it and plans nothing.", "NAME=FINGERPRINT");
        Option<string[]> leave = Names("--leave", "Clients that leave; a member that leaves is replaced by the first in line.");
        Option<string[]> retire = Names("--retire", "Clients that stay and are to be members of the committee no more, from this epoch on.");
        var renew = new Option<bool>("--renew") { Description = "Plan an epoch that changes nothing but the group key, which is a fresh one in every epoch." };
        var again = new Option<bool>("--again") { Description = "Make another plan in the place of the one that is open." };
        var command = new Command(
            "plan",
            "Plan the next epoch of the job: who joins, who leaves, and who is replaced on the committee. The plan goes to the server, and the job to clients that join. Without options, the open "
            + "plan is sent again.") { folder, join, leave, retire, renew, again };
        return scope.Define(command, (parsed, report) =>
        {
            var change = new EpochChange([.. (parsed.GetValue(join) ?? []).Select(JoiningClient.Parse)], parsed.GetValue(leave) ?? [], parsed.GetValue(retire) ?? [], parsed.GetValue(renew));
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder authority = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Authority);
            return new EpochDesk(authority).Plan(protector, change, parsed.GetValue(again), report);
        });
    }

    private static Command DescribePropose(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the server.");
        var command = new Command(
            "propose",
            "Take the plan of an epoch from the inbox, and bring it to the committee after the last sum, or at once where no round has begun since. Run it again when the members have answered: "
            + "enough votes begin the epoch. After that it sends the certificate again.") { folder };
        return scope.Define(command, (parsed, report, cancellationToken) =>
        {
            string location = parsed.GetValue(folder)!.FullName;
            KeyGuard.Check(location);
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(location, PartyRole.Server);
            using ServerParty server = ServerParty.Open(party, protector, invites: false);
            if (server.Job.Committee is null)
            {
                throw ToolException.Refused(EpochDesk.NoEpochs);
            }

            // Before the inbox is handled: announcements in it may begin a round, and the plan would have to wait for its sum.
            string? fault = server.Propose();
            if (server.Server.Phase == ServerPhase.Renewing)
            {
                server.HandleInbox(cancellationToken);
            }

            return Task.FromResult(Conclude(server, fault, report));
        });
    }

    private static Command DescribeEnter(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client.");
        var command = new Command(
            "enter",
            "On a client: enter the epoch whose certificate is in the inbox, and ask the authority for its group key. A client that is not on the roster of the epoch leaves the job, and keeps its "
            + "model. Other commands of a client enter an epoch as well.") { folder };
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Client);
            using ClientParty client = ClientParty.Open(party, protector);
            if (client.Job.Committee is null)
            {
                throw ToolException.Refused(EpochDesk.NoEpochs);
            }

            bool neededKeys = client.Client.NeedsKeys;
            await client.HandleInboxAsync([MessageKind.Invitation, MessageKind.Confirmations], cancellationToken);
            if (neededKeys && client.Client.NeedsKeys)
            {
                // The request, or its answer, may have been lost.
                client.AskForKeys();
            }

            ModelCommand.WriteState(client, report);
            if (client.HasLeft || client.Client.NeedsKeys)
            {
                return ExitCodes.Done;
            }

            if (client.Ignored.Any(one => one is { Kind: MessageKind.Epoch, Reason: IgnoredReason.BadEpoch }))
            {
                throw ToolException.Refused("The certificate in the inbox does not hold, and was put into the folder refused. The client stays in its epoch.");
            }

            if (client.Written.Contains(MessageKind.AggregateRequest) || client.Ignored.Any(one => one is { Kind: MessageKind.Epoch, Reason: IgnoredReason.OtherHistory }))
            {
                throw ToolException.TryAgain(
                    $"The client stays in epoch {client.Job.EpochNumber}: it lacks the sum before the next one, or a certificate. Deliver what is in the outbox to the server, run 'fedhe round open' there, deliver back, and run this again.");
            }

            return client.Job.EpochNumber > 1
                ? Say(report, $"The client is in epoch {client.Job.EpochNumber}, and has its group key.")
                : throw ToolException.TryAgain("No certificate of an epoch is in the inbox. Deliver it from the server; where it was lost, run 'fedhe announce', and deliver.");
        });
    }

    private static int Conclude(ServerParty server, string? fault, Report report)
    {
        AggregateCommand.WriteState(server, report);
        if (server.Server.Phase == ServerPhase.Superseded)
        {
            throw ToolException.Refused("A client has heard more from this server than the saved round knows: a newer one exists, and this one does nothing. Take the newest round.state.");
        }

        if (server.Server.Outcome is { } outcome)
        {
            throw ToolException.Refused($"The job has ended ({outcome}): no epoch begins any more.");
        }

        if (fault is not null && server.Begun.Count == 0)
        {
            throw ToolException.TryAgain(fault);
        }

        if (server.Server.Phase == ServerPhase.Renewing)
        {
            throw AggregateCommand.WaitForCommittee(server, report, "epoch propose");
        }

        if (server.OpenPlan is EpochPlan plan)
        {
            return server.Server.Round < server.Job.Settings.Rounds
                ? ExitCodes.Done
                : throw ToolException.Refused($"The last round is in progress, and epoch {plan.Number} cannot begin after it.");
        }

        if (server.HasRefusedPlan && server.Begun.Count == 0)
        {
            throw ToolException.Refused("The plan in the inbox does not hold. Let the authority plan the epoch again, with the newest certificate.");
        }

        if (server.Job.EpochNumber == 1)
        {
            throw ToolException.TryAgain("No plan of an epoch is in the inbox. Make it with 'fedhe epoch plan' at the authority, and deliver it.");
        }

        if (server.Begun.Count == 0)
        {
            server.SendCertificates();
            report.Line($"Epoch {server.Job.EpochNumber} has begun, and no other is planned. Its certificate is in the outbox once more, for the authority and for the clients that joined and have not announced themselves.");
        }

        return ExitCodes.Done;
    }

    private static int Say(Report report, string line)
    {
        report.Line(line);
        return ExitCodes.Done;
    }

    private static Option<string[]> Names(string name, string description, string helpName = "NAME")
        => new(name) { Description = description, AllowMultipleArgumentsPerToken = true, HelpName = helpName };
}
