using System.CommandLine;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe keys server</c>, <c>authority</c> and <c>client</c>: a party's folder, its signing key, and its card for the authority.</summary>
internal static class KeysFolderCommands
{
    private const string Card = "card";

    public static Command DescribeServer(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder to make.");
        var command = new Command("server", "Make the server's folder and its signing key. Its card goes to the authority.") { folder };
        return scope.Define(command, (parsed, report) =>
        {
            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder made = CreateOrOpen(parsed.GetValue(folder)!.FullName, PartyRole.Server, PartyFolder.ServerName);
            using ServerIdentity identity = made.ReadState(StateFiles.Identity) is byte[] saved ? ServerIdentity.Load(saved, protector) : ServerIdentity.Create();
            made.WriteState(StateFiles.Identity, SavedBytes.Of(bytes => identity.Save(bytes, protector)));
            return Introduce(made, identity.VerificationKey, report);
        });
    }

    public static Command DescribeAuthority(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder to make.");
        var command = new Command("authority", "Make the folder of the key authority, which takes the cards of the others.") { folder };
        return scope.Define(command, (parsed, report) =>
        {
            using PartyFolder made = CreateOrOpen(parsed.GetValue(folder)!.FullName, PartyRole.Authority, PartyFolder.AuthorityName);
            made.Note(notes => notes);
            report.Set("name", made.Notes.Name).Line("The folder of the key authority is ready. Deliver the cards of server and clients, and run 'fedhe keys job'.");
            return ExitCodes.Done;
        });
    }

    public static Command DescribeClient(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder to make.");
        var name = new Argument<string>("NAME") { Description = "Name of the client: ASCII letters, digits, dots, hyphens and underscores." };
        Option<long> samples = SampleCountOption.Create();
        samples.Required = true;
        var command = new Command("client", "Make a client's folder and its signing key. Its card goes to the authority.") { folder, name, samples };
        return scope.Define(command, (parsed, report) =>
        {
            string given = parsed.GetValue(name)!;
            if (!PartyFolder.IsClientName(given))
            {
                throw ToolException.Usage($"A client cannot have the name '{given}'.");
            }

            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder made = CreateOrOpen(parsed.GetValue(folder)!.FullName, PartyRole.Client, given);
            using ClientIdentity identity = made.ReadState(StateFiles.Identity) is byte[] saved
                ? ClientIdentity.Load(saved, protector)
                : ClientIdentity.Create(new ClientId(given));
            made.WriteState(StateFiles.Identity, SavedBytes.Of(bytes => identity.Save(bytes, protector)));
            made.Note(notes => notes with { Samples = parsed.GetValue(samples) });
            return Introduce(made, identity.VerificationKey, report);
        });
    }

    /// <summary>Makes a folder, or opens one that an interrupted run made for the same party, which is in no job yet.</summary>
    private static PartyFolder CreateOrOpen(string location, PartyRole role, string name)
    {
        bool isSame = PartyFolder.Peek(location) is { } notes && notes.Role == role && notes.Name == name;
        if (!isSame)
        {
            return PartyFolder.Create(location, role, name);
        }

        PartyFolder folder = PartyFolder.Open(location, role);
        if (folder.ReadState(StateFiles.Job) is null)
        {
            return folder;
        }

        folder.Dispose();
        throw ToolException.Refused($"{location} is the folder of a party in a job. Take another one.");
    }

    private static int Introduce(PartyFolder folder, VerificationKey key, Report report)
    {
        var card = new PartyCard(folder.Notes.Role, folder.Notes.Name, key);
        folder.Send(PartyFolder.AuthorityName, Card, card.Write());
        report.Set("name", card.Name).Set("fingerprint", card.Fingerprint)
            .Line($"The folder of {card.Name} is ready, and its card is in the outbox, for the authority. Fingerprint: {card.Fingerprint}");
        return ExitCodes.Done;
    }
}
