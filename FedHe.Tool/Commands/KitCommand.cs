using System.CommandLine;
using System.Globalization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Choices;
using FedHe.Tool.Folders;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using FedHe.Tool.Provisioning;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe kit new</c> and <c>kit join</c>: a client whose private keys never leave it; <c>kit add</c>: the kit of a client that joins later.</summary>
internal static class KitCommand
{
    public static Command Describe(CommandScope scope) => new("kit", "Make the secrets of a client at the client, and join a job with them; make the kit of a client that joins later.")
    {
        DescribeNew(scope),
        DescribeJoin(scope),
        DescribeAdd(scope),
    };

    private static Command DescribeNew(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder to make.");
        var name = new Argument<string>("NAME") { Description = "Name of the client: ASCII letters, digits, dots, hyphens and underscores." };
        Option<int> days = CertificateDaysOption.Create();
        var administrator = new Option<bool>("--administrator") { Description = "Make the signing key of an administrator who approves what the authority does, in the place of a client." };
        var command = new Command("new", "Make a client's identity, certificate and password, or an administrator's signing key, and a card for whoever runs 'fedhe provision'.") { folder, name, days, administrator };
        return scope.Define(command, (parsed, report) =>
        {
            string given = parsed.GetValue(name)!;
            if (!PartyFolder.IsClientName(given))
            {
                throw ToolException.Usage($"Nobody can have the name '{given}'.");
            }

            if (parsed.GetValue(administrator))
            {
                MakeAdministrator(parsed.GetValue(folder)!.FullName, given, scope, report);
                return ExitCodes.Done;
            }

            var client = new ClientId(given);
            KitCard card = OwnKit.Create(parsed.GetValue(folder)!.FullName, client, parsed.GetValue(days), scope.Console.ProtectorOf, TimeProvider.System);
            string path = Path.Combine(parsed.GetValue(folder)!.FullName, OwnKit.CardOf(given));
            report.Set("name", given).Set("card", path).Set("fingerprint", card.Card.Fingerprint).Set("pin", card.Pin.ToString())
                .Line($"Send {path} alone, and write 'card:' beside the client in the project file. Fingerprint: {card.Card.Fingerprint}; pin: {card.Pin}");
            return ExitCodes.Done;
        });
    }

    private static Command DescribeAdd(CommandScope scope)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "YAML file of the federation, with the client among its clients." };
        var name = new Option<string>("--name") { Description = "Name of the client that joins.", Required = true };
        var folder = new Option<DirectoryInfo>("--out", "-o") { Description = "Folder with kits; the new one is made in it.", Required = true };
        var from = new Option<DirectoryInfo?>("--from") { Description = "Kit of any party of the job, which has the job and the server's pin. Default: the authority's, in the folder with kits." };
        var command = new Command("add", "Make the kit of a client that joins a job which runs. Kits that are there stay as they are.") { file, name, folder, from };
        return scope.Define(command, (parsed, report) =>
        {
            string given = parsed.GetValue(name)!;
            if (!PartyFolder.IsClientName(given))
            {
                throw ToolException.Usage($"A client cannot have the name '{given}'.");
            }

            string kits = parsed.GetValue(folder)!.FullName;
            string location = Path.Combine(kits, given);
            var source = Kit.Open(parsed.GetValue(from)?.FullName ?? Path.Combine(kits, PartyFolder.AuthorityName));
            Project project = ProjectFile.Read(parsed.GetValue(file)!.FullName);
            Directory.CreateDirectory(kits);
            KitCard card = new LateKit(project, source, scope.Console.ProtectorOf, TimeProvider.System).Make(new ClientId(given), location);
            string digest = source.ReadJob().Digest.ToString();
            string path = Path.Combine(location, OwnKit.CardOf(given));
            report.Set("client", given).Set("kit", location).Set("card", path).Set("fingerprint", card.Card.Fingerprint).Set("pin", card.Pin.ToString()).Set("digest", digest)
                .Line($"Kit: {location}. Bring it to {given} on an encrypted way, and delete it here. Digest of the job: {digest}.")
                .Line($"Fingerprint: {card.Card.Fingerprint}; pin: {card.Pin}. Compare both with {given} by telephone.")
                .Line($"At the server: fedhe server admit {OwnKit.CardOf(given)} --kit server --expect {card.Pin}")
                .Line($"At the authority: put {OwnKit.CardOf(given)} into party/cards, and write party/epoch.json: docs/command.md.");
            return ExitCodes.Done;
        });
    }

    private static void MakeAdministrator(string folder, string name, CommandScope scope, Report report)
    {
        AdministratorCard card = AdministratorKit.Create(folder, name, scope.Console.ProtectorOf);
        string path = Path.Combine(folder, OwnKit.CardOf(name));
        report.Set("name", name).Set("card", path).Set("fingerprint", card.Fingerprint)
            .Line($"Send {path} alone, and write 'card:' beside the administrator in the project file. Fingerprint: {card.Fingerprint}");
    }

    private static Command DescribeJoin(CommandScope scope)
    {
        Argument<DirectoryInfo> folder = CommandScope.Folder("Folder that 'fedhe kit new' made.");
        var from = new Argument<DirectoryInfo>("KIT") { Description = "Kit that came from 'fedhe provision'." };
        var expect = new Option<string>("--expect") { Description = "Digest of the job, as it was told by another way than the kit came.", Required = true };
        var command = new Command("join", "Take the job and the settings from a kit that was provisioned for the card.") { folder, from, expect };
        return scope.Define(command, (parsed, report) =>
        {
            Kit kit = OwnKit.Join(parsed.GetValue(folder)!.FullName, parsed.GetValue(from)!.FullName, parsed.GetValue(expect)!);

            if (kit.Role == PartyRole.Administrator)
            {
                report.Set("party", kit.Party).Line($"{kit.Location} is the kit of {kit.Party} now. Approve with 'fedhe approve REQUEST --kit'.");
                return ExitCodes.Done;
            }

            // The digest covers the job, and not the settings beside it.
            report.Set("party", kit.Party).Set("server", kit.Server).Set("serverKeys", kit.ServerKeys).Set("samples", kit.Samples)
                .Line($"{kit.Location} is the kit of {kit.Party} now. Run 'fedhe client run --kit'.")
                .Line($"It calls {kit.Server}, where it expects a certificate with the pin {string.Join(" or ", kit.ServerKeys)}; {(kit.Samples is long samples
                    ? string.Create(CultureInfo.InvariantCulture, $"it trains with {samples} samples.")
                    : "how many samples it trains with, --samples says.")}")
                .Line("The digest does not cover these: compare the pin with the server's operator.");
            if (kit.ReadJob().Update.Privacy is PrivacyTerms terms)
            {
                PrivacyWords.Write(terms, report).Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The digest covers these terms. Compare them with what you promised to the people in your data: {kit.Party} demands epsilon {kit.Promise!.Epsilon} or less at delta {kit.Promise.Delta}, a clip of "
                    + $"{kit.Promise.Clip}, and {kit.Promise.Colluders} colluders or more, and is refused elsewhere ({Kit.Section}:{KitPromise.Name} in {kit.PathOf(KitFiles.Settings)})."));
            }

            return ExitCodes.Done;
        });
    }
}
