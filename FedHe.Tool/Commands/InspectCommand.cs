using System.CommandLine;
using FedHe.Tool.Inspection;
using FedHe.Tool.Output;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe inspect</c>: what a file or a folder is.</summary>
internal static class InspectCommand
{
    public static Command Describe(CommandScope scope)
    {
        var path = new Argument<string>("PATH") { Description = "Model, message, job, card, state, secret, or the folder of a party." };
        var command = new Command("inspect", "Say what a file or a folder is. No password is needed, and nothing is verified.") { path };
        return scope.Define(command, (parsed, report) =>
        {
            Inspector.Inspect(Path.GetFullPath(parsed.GetValue(path)!), report);
            return ExitCodes.Done;
        });
    }
}
