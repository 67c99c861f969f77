using System.Globalization;
using FedHe.Tool.Folders;
using FedHe.Tool.Provisioning;

namespace FedHe.Tool.Choices;

/// <summary>The part of a project file about the administrators of the key authority, who must approve what it does.</summary>
internal static class ProjectAuthority
{
    public const string Key = "authority";

    private const string Example = "{ approvals: 2, administrators: [ anna, ben, carla ] }";

    /// <summary>Reads the mapping.</summary>
    /// <param name="node">The mapping.</param>
    /// <param name="folder">The folder that paths of cards are relative to.</param>
    public static ProjectApprovals Read(ProjectNode node, string folder)
    {
        int needed = 0;
        ProjectNode? number = null;
        List<(ProjectNode At, ProjectAdministrator Administrator)> all = [];
        foreach ((string key, ProjectNode at, ProjectNode value) in node.Entries(Example))
        {
            switch (key)
            {
                case "approvals":
                    number = value;
                    needed = int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int read) ? read : 0;
                    break;
                case "administrators":
                    all = value.IsList
                        ? [.. value.Items("[ anna, ben ]").Select(item => (item, new ProjectAdministrator(NameOf(item), Card: null)))]
                        : [.. value.Entries("{ anna: { card: anna.card } }").Select(entry => (entry.At, ReadAdministrator(NameOf(entry.At), entry.Value, folder)))];
                    break;
                default:
                    throw at.Refused($"{Key} has no key '{key}'. The keys are administrators, approvals.");
            }
        }

        if (number is null || all.Count == 0)
        {
            throw node.Refused($"{Key} needs approvals and administrators, such as {Key}: {Example}.");
        }

        if (needed < 1 || needed > all.Count)
        {
            throw number.Refused(string.Create(CultureInfo.InvariantCulture, $"approvals must be a whole number from 1 to the number of administrators, which is {all.Count}, not '{number.Text}'."));
        }

        if (all.Where(one => one.Administrator.Card is not null).GroupBy(one => one.Administrator.Card!.Key).FirstOrDefault(same => same.Count() > 1) is { } shared)
        {
            throw shared.Last().At.Refused("two cards have one key. Each administrator makes its own, with 'fedhe kit new --administrator'.");
        }

        return new ProjectApprovals(needed, [.. all.Select(one => one.Administrator)]);
    }

    /// <summary>Refuses an administrator's name that another administrator or a client has, because each name is the name of a folder.</summary>
    public static void CheckNames(ProjectNode node, ProjectApprovals approvals, IEnumerable<ProjectClient> clients)
    {
        var names = new HashSet<string>(clients.Select(client => client.Client.Value), StringComparer.OrdinalIgnoreCase);
        if (approvals.Administrators.FirstOrDefault(one => !names.Add(one.Name)) is ProjectAdministrator twice)
        {
            throw node.Refused($"the name '{twice.Name}' is there twice, or differs from another one by case alone. Give each administrator a name that no client has.");
        }
    }

    private static string NameOf(ProjectNode node) => PartyFolder.IsClientName(node.Text)
        ? node.Text
        : throw node.Refused($"an administrator cannot have the name '{node.Text}'. Names are like those of clients.");

    private static ProjectAdministrator ReadAdministrator(string name, ProjectNode node, string folder)
    {
        AdministratorCard? card = null;
        foreach ((string key, ProjectNode at, ProjectNode value) in node.IsEmpty ? [] : node.Entries("{ card: anna.card }"))
        {
            if (key != "card")
            {
                throw at.Refused($"an administrator has no key '{key}'. The key is card.");
            }

            card = AdministratorCard.Read(Path.Combine(folder, value.Text)) ?? throw value.Refused($"{value.Text} is no card that 'fedhe kit new --administrator' made.");
            if (card.Name != name)
            {
                throw value.Refused($"{value.Text} is the card of '{card.Name}', not of '{name}'.");
            }
        }

        return new ProjectAdministrator(name, card);
    }
}
