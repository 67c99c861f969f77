using System.CommandLine;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe keys open</c>: a client opens the authority's answer, and announces itself.</summary>
internal static class KeysOpenCommand
{
    public static Command Describe(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of a client.");
        var command = new Command("open", "Open the authority's answer, keep the keys under the password, and announce the client to the server. Also for the group key of a later epoch.") { folder };
        return scope.Define(command, (parsed, report) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder party = PartyFolder.Open(parsed.GetValue(folder)!.FullName, PartyRole.Client);
            if (party.ReadState(StateFiles.KeysOf(party.Notes.FirstEpoch)) is null)
            {
                OpenFirstGrant(party, protector);
            }
            else
            {
                OpenLaterGrant(party, protector);
            }

            File.Delete(party.StatePath(StateFiles.KeyRequest));
            using ClientParty client = ClientParty.Open(party, protector);
            client.Announce();
            EpochReport.Write(client, report);
            report.Set("client", party.Notes.Name).Set("samples", party.Notes.Samples).Line("The client has its keys. Its announcement is in the outbox, for the server.");
            return ExitCodes.Done;
        });
    }

    private static void OpenFirstGrant(PartyFolder party, FolderSecrets protector)
    {
        JobPackage package = JobPackage.Read(party.ReadState(StateFiles.Job) ?? throw ToolException.TryAgain("There is no job yet. Run 'fedhe keys join'."));
        using HeContext? context = package.Context;
        using ClientIdentity identity = ClientParty.LoadIdentity(party, protector);
        OpenGrant(party, protector, EpochFiles.Read(party.Location, package.Job).Of(party.Notes.FirstEpoch), context, identity);
    }

    /// <summary>Opens the grant of the group key of a later epoch, where the client needs one.</summary>
    private static void OpenLaterGrant(PartyFolder party, FolderSecrets protector)
    {
        using ClientParty client = ClientParty.Open(party, protector);
        if (client.HasLeft)
        {
            throw ToolException.Refused(EpochReport.LeftText(client));
        }

        if (client.Client.NeedsKeys)
        {
            using ClientIdentity identity = ClientParty.LoadIdentity(party, protector);
            OpenGrant(party, protector, client.Job, context: null, identity);
        }
    }

    private static void OpenGrant(PartyFolder party, FolderSecrets protector, FederationJob job, HeContext? context, ClientIdentity identity)
    {
        using KeyRequest request = KeyRequest.Load(
            party.ReadState(StateFiles.KeyRequest) ?? throw ToolException.TryAgain("No keys were asked for yet. Run 'fedhe keys join'."), protector, job, identity);
        InboxFile[] answers = [.. party.Inbox().Where(file => file.Info?.Kind is MessageKind.KeyGrant or MessageKind.KeyRefusal)];
        string? fault = null;
        foreach (InboxFile answer in answers)
        {
            try
            {
                using ClientKeys keys = context is null ? request.Open(answer.Read()) : request.Open(context, answer.Read());
                party.WriteState(StateFiles.KeysOf(job.EpochNumber), SavedBytes.Of(bytes => keys.Save(bytes, protector)));
                party.Done(answer);
                return;
            }
            catch (Exception refusal) when (refusal is HeFormatException or KeyRefusedException)
            {
                fault = refusal.Message;
                party.SetAside(answer);
            }
        }

        throw fault is null
            ? ToolException.TryAgain("The authority's answer is not in the inbox yet.")
            : ToolException.Refused($"The authority's answer gave no keys: {fault}");
    }
}
