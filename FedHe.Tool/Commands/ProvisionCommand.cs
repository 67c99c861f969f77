using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FedHe.Tool.Choices;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;
using FedHe.Tool.Provisioning;

namespace FedHe.Tool.Commands;

/// <summary><c>fedhe provision</c>: the kits of all parties from one file.</summary>
internal static class ProvisionCommand
{
    public static Command Describe(CommandScope scope)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "YAML file that describes the federation: docs/hosting.md." };
        var folder = new Option<DirectoryInfo>("--out", "-o") { Description = "Folder to make, with a folder in it for each party.", Required = true };
        var command = new Command(
            "provision", "Make a start-up kit for each party of a federation between machines: certificates, identities, the job, settings. Whoever runs it sees all private keys; 'fedhe kit new' keeps a "
            + "client's own at the client.") { file, folder };
        return scope.Define(command, (parsed, report) =>
        {
            Project project = ProjectFile.Read(parsed.GetValue(file)!.FullName);
            using var provisioner = new Provisioner(project, scope.Console.ProtectorOf, TimeProvider.System);
            string location = parsed.GetValue(folder)!.FullName;
            ProvisionedJob made = provisioner.Provision(location);
            PlanCommand.Write(report, made.Model, made.Keys, made.Job, made.Plan);
            report.Set("job", made.Job.JobId.ToString()).Set("digest", made.Job.Digest.ToString()).Set("folder", location)
                .Set("serverPin", provisioner.ServerPin).Set("clients", project.Clients.Select(client => client.Client.Value))
                .Line($"Digest of the job: {made.Job.Digest}. All parties compare it, by telephone: 'fedhe status --kit' shows it.")
                .Line($"Pin of the server: {provisioner.ServerPin}. Clients with cards of their own compare it when they join.")
                .Line($"Kits: {location}. Bring each to its party on an encrypted way, and delete it here; each has a {KitFiles.Readme}.");
            WriteCards(report, [.. project.Clients.Select(client => client.Card).OfType<KitCard>()]);
            if (project.Approvals is ProjectApprovals approvals)
            {
                WriteAdministrators(report, approvals);
            }

            return ExitCodes.Done;
        });
    }

    /// <summary>Shows who must approve, with the fingerprints of cards that came.</summary>
    private static void WriteAdministrators(Report report, ProjectApprovals approvals)
    {
        report.Set("approvals", approvals.Needed).Set("administrators", approvals.Administrators.Select(one => one.Name))
            .Line(string.Create(
                CultureInfo.InvariantCulture, $"Of the administrators {string.Join(", ", approvals.Administrators.Select(one => one.Name))}, {approvals.Needed} must approve what the authority grants and plans."));
        foreach (ProjectAdministrator one in approvals.Administrators)
        {
            report.Line(one.Card is AdministratorCard card ? $"{one.Name}, by the card: fingerprint {card.Fingerprint}" : $"{one.Name}: the kit has a signing key that whoever ran this command could have copied.");
        }
    }

    /// <summary>Shows the cards that came, so that people can compare them. A stranger who replaced a card on its way would take part as the client.</summary>
    private static void WriteCards(Report report, IReadOnlyList<KitCard> cards)
    {
        if (cards.Count == 0)
        {
            return;
        }

        report.Set("cards", new JsonArray([.. cards.Select(card => (JsonNode)new JsonObject
        {
            ["name"] = card.Card.Client.Value,
            ["fingerprint"] = card.Card.Fingerprint,
            ["pin"] = card.Pin.ToString(),
        })]));
        report.Line($"Without secrets, for 'fedhe kit join' at the client: {string.Join(", ", cards.Select(card => card.Card.Client))}. Compare what their cards say with each of them by telephone before you bring a kit to anybody:");
        foreach (KitCard card in cards)
        {
            report.Line($"{card.Card.Client}: fingerprint {card.Card.Fingerprint}; pin {card.Pin}");
        }
    }
}
