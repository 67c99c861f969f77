using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Errors;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Server;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Kits;

/// <summary>Saved servers of kits are looked at as their last step left them on the disk. Nothing is changed, and nothing is sent.</summary>
internal static class SavedServer
{
    private const int MostAttempts = 5;

    /// <summary>Reads what the state of a server says, or returns null where it has saved none.</summary>
    public static ServerStatus? TryRead(Kit kit, FederationJob job, ServerFiles files, ToolConsole console)
    {
        if (files.TryRead(PartyFiles.State) is null)
        {
            return null;
        }

        using ServerIdentity identity = LoadIdentity(kit, console);
        using HeContext? scheme = job.Committee is null ? JobPackage.CreateContext(job.Settings.ClientsPerRound) : null;
        try
        {
            var setup = new FederationServerSetup { Context = JobPackage.PublicContextOf(job, scheme), Job = job, Identity = identity };
            return Look(kit, files, setup);
        }
        catch (Exception fault) when (Describe(fault, files) is ToolException told)
        {
            throw told;
        }
    }

    /// <summary>Says why a server cannot be read, or returns null for what says so itself.</summary>
    public static ToolException? Describe(Exception fault, ServerFiles files) => fault switch
    {
        StateRefusedException { Error: StateError.MessageMissing } => ToolException.Refused(
            $"An upload that {PartyFiles.Changes} refers to is missing in {PartyFiles.Transfers}, or its bytes were changed. Where the server runs, it saves its state just now: try again. Where it does not start, put the newest backup of the whole folder in its place.",
            fault),
        StateRefusedException => ToolException.Refused(
            $"{files.PathOf(PartyFiles.State)} is damaged, or of another job. Where nothing else is left of the server, {PartyFiles.State} and {PartyFiles.NewestState} come from a backup, without {PartyFiles.Changes}.", fault),
        AggregationBrokenException => ToolException.Refused(
            $"An upload in {PartyFiles.Transfers} could not be read to its end. Try again. Where this stays so, its disk is damaged: put the newest backup of the whole folder on another one.", fault),
        _ => null,
    };

    /// <summary>Looks at the server, again where it has saved its state meanwhile and has deleted what the log referred to before.</summary>
    private static ServerStatus Look(Kit kit, ServerFiles files, FederationServerSetup setup)
    {
        byte[] before = [];
        for (int attempt = 1; ; attempt++)
        {
            // Before the state, which its server may save meanwhile: it then has these changes already.
            ReadOnlyMemory<byte>[] changes = [.. ChangeLog.Read(files.TryRead(PartyFiles.Changes) ?? [])];
            byte[] state = files.TryRead(PartyFiles.State) ?? [];
            try
            {
                return FederationServer.Look(setup, state, changes, digest => KeptMessages.Open(Path.Combine(kit.Folder, PartyFiles.Transfers), digest));
            }
            catch (StateRefusedException refused) when (refused.Error == StateError.MessageMissing && attempt < MostAttempts && !state.AsSpan().SequenceEqual(before))
            {
                before = state;
            }
        }
    }

    private static ServerIdentity LoadIdentity(Kit kit, ToolConsole console)
    {
        string path = Path.Combine(kit.Folder, PartyFiles.Identity);
        using FolderSecrets protector = Password.Ask(new FileInfo(kit.PathOf(KitFiles.Password)), console);
        try
        {
            return ServerIdentity.Load(File.ReadAllBytes(path), protector);
        }
        catch (HeFormatException fault)
        {
            throw ToolException.Refused($"{path} is damaged, or {KitFiles.Password} is not its password. Take both from the kit again.", fault);
        }
    }
}
