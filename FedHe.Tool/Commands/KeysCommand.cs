using System.CommandLine;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe keys</c>: folders, identities, the job, and how its keys reach the clients.</summary>
internal static class KeysCommand
{
    public static Command Describe(CommandScope scope) => new("keys", "Make the folders of the parties, describe the job, and give its keys to the clients.")
    {
        KeysFolderCommands.DescribeServer(scope),
        KeysFolderCommands.DescribeAuthority(scope),
        KeysFolderCommands.DescribeClient(scope),
        KeysDrawCommand.Describe(scope),
        KeysJobCommand.Describe(scope),
        KeysJoinCommand.Describe(scope),
        KeysGrantCommand.Describe(scope),
        KeysOpenCommand.Describe(scope),
    };
}
