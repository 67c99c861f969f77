using System.CommandLine;
using FedHe.Hosting.AspNetCore.Moves;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using Microsoft.Extensions.Hosting;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe server move</c>: brings the server of a kit, which does not run, from its folder into a database, or back.</summary>
internal static class MoveCommand
{
    public static Command Describe(CommandScope scope)
    {
        Option<DirectoryInfo> kit = RunOptions.KitOption();
        Option<string?> database = DatabaseOption.Create();
        var back = new Option<bool>("--to-folder") { Description = "Move the server out of the database into the folder of its kit. Default: from the folder into the database." };
        var command = new Command("move", "Move the server of a job, which does not run meanwhile, from the folder of its kit into a database, or back. Where it is broken off, run it again.") { kit, database, back };
        return scope.Define(command, async (parsed, report, _) =>
        {
            var own = Kit.Open(parsed.GetValue(kit)!.FullName, PartyRole.Server);
            Kit stored = own.In(parsed.GetValue(database));
            if (stored.Database is null)
            {
                throw ToolException.Usage($"No database is named. Give {DatabaseOption.Name}, or write the section {KitDatabase.Section} into {KitFiles.Settings} of {own.Location}.");
            }

            bool isBack = parsed.GetValue(back);
            using IHost host = KitHost.BuildServer(stored);
            ServerMoveResult result = await (isBack ? HostedServerMove.ToFolderAsync(host.Services, own.JobName) : HostedServerMove.ToStoreAsync(host.Services, own.JobName));
            report.Set("place", result.Place).Set("hasMoved", result.HasMoved)
                .Line(result.HasMoved ? $"The server is in {result.Place} now." : $"The server was in {result.Place} already.")
                .Line(isBack ? SettingsOfFolder(own) : SettingsOfDatabase(own));
            return ExitCodes.Done;
        });
    }

    private static string SettingsOfDatabase(Kit own) => own.Database is null
        ? $"Start it with the same {DatabaseOption.Name}, or write that text as {KitDatabase.Section}:ConnectionString into {own.PathOf(KitFiles.Settings)}; without either it does not start."
        : $"Start it as before where {KitDatabase.Section} of {own.PathOf(KitFiles.Settings)} or of the environment names this database; else with the same {DatabaseOption.Name}.";

    private static string SettingsOfFolder(Kit own) => own.Database is null
        ? $"Start it without {DatabaseOption.Name}."
        : $"Take the section {KitDatabase.Section} out of {own.PathOf(KitFiles.Settings)}, and variables that begin with {KitDatabase.Section}__ out of the environment: a server that is given a database does not start. Then start it.";
}
