using System.CommandLine;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe keys draw</c>: the clients draw who becomes a member of the committee, and the authority carries what they say.</summary>
internal static class KeysDrawCommand
{
    public static Command Describe(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder of the authority or of a client.");
        var again = new Option<bool>("--again") { Description = "Begin another draw, at the authority, or take part in one, at a client that took part in one before." };
        var command = new Command(
            "draw",
            "Draw the members of a committee that is smaller than the roster, so that nobody chooses them: at the authority, then at all clients, three times over. Every client "
            + "commits to a random value before it sees another one.") { folder, again };
        return scope.Define(command, (parsed, report) =>
        {
            string location = parsed.GetValue(folder)!.FullName;
            if (PartyFolder.Peek(location)?.Role == PartyRole.Authority)
            {
                using PartyFolder authority = PartyFolder.Open(location, PartyRole.Authority);
                return DrawDesk.Run(authority, parsed.GetValue(again), report);
            }

            using FolderSecrets protector = scope.AskPassword(parsed);
            using PartyFolder client = PartyFolder.Open(location, PartyRole.Client);
            return DrawSeat.Run(client, protector, parsed.GetValue(again), report);
        });
    }
}
