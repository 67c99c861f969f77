using System.CommandLine;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe keys grant</c>: the authority answers the requests for keys.</summary>
internal static class KeysGrantCommand
{
    public static Command Describe(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the authority.");
        var command = new Command("grant", "Answer the requests for keys in the inbox, encrypted for the client that asked.") { folder };
        return scope.Define(command, async (parsed, report, cancellationToken) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Authority);
            var desk = new EpochDesk(party);
            desk.TakeCertificates(report);
            using JobKeys authority = desk.LoadKeys(protector);
            var granted = new List<string>();
            var refused = new List<string>();
            foreach (InboxFile file in party.Inbox())
            {
                if (file.Wire == WireKind.EpochCertificate || (file.Info is null && PartyCard.TryRead(file.Read()) is not null))
                {
                    // Certificates wait for those before them, and cards for 'fedhe epoch plan'.
                    continue;
                }

                AuthorityStep step = await authority.HandleAsync(file.Read(), cancellationToken);
                if (step.Refusal is KeyRefusalReason reason)
                {
                    refused.Add($"{file.Name}: {reason}");
                    if (step.Client is ClientId known && desk.Knows(known))
                    {
                        party.Send(known.Value, "keyrefusal", step.Answer.Span);
                    }

                    party.SetAside(file);
                    continue;
                }

                party.Send(step.Client!.Value.Value, "keygrant", step.Answer.Span);
                granted.Add(step.Client.Value.Value);
                party.Done(file);
            }

            report.Set("granted", granted).Set("refused", refused).Line(granted.Count > 0 ? $"Keys for {string.Join(", ", granted)} are in the outbox." : "No keys were granted.");
            refused.ForEach(one => report.Line($"Refused: {one}"));
            return granted.Count > 0 ? ExitCodes.Done : refused.Count > 0 ? ExitCodes.Refused : throw ToolException.TryAgain("No request for keys is in the inbox.");
        });
    }
}
