using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Parties;

/// <summary>Says what the plan of an epoch changes.</summary>
internal static class PlanWords
{
    /// <summary>Writes what a plan changes.</summary>
    public static void Write(EpochPlan plan, FederationJob before, Report report)
    {
        string[] joining = NamesIn(plan.Roster, before.Roster);
        string[] leaving = NamesIn(before.Roster, plan.Roster);
        string[] members = [.. plan.Committee.Members.Select(member => member.Value)];
        string[] replaced = [.. before.Committee!.Members.Select(member => member.Value).Except(members, StringComparer.Ordinal)];
        string[] added = [.. members.Except(before.Committee.Members.Select(member => member.Value), StringComparer.Ordinal)];
        report.Set("plannedEpoch", plan.Number).Set("joining", joining).Set("leaving", leaving).Set("retired", plan.Retired.Select(client => client.Value))
            .Set("members", members).Set("replaced", replaced).Set("added", added)
            .Line($"Epoch {plan.Number}: {Say("joins", joining)}, {Say("leaves", leaving)}; a fresh group key.")
            .Line(replaced.Length == 0
                ? $"The members of the committee stay: {string.Join(", ", members)}."
                : $"Members of the committee: {string.Join(", ", members)}; {string.Join(", ", added)} in the place of {string.Join(", ", replaced)}.");
        if (plan.Retired.Length > 0)
        {
            report.Line($"Kept off the committee, in this epoch and in later ones: {string.Join(", ", plan.Retired)}.");
        }
    }

    private static string[] NamesIn(ClientRoster roster, ClientRoster other)
        => [.. roster.Clients.Where(client => !other.TryGetKey(client, out _)).Select(client => client.Value)];

    private static string Say(string what, string[] names) => names.Length == 0 ? $"nobody {what}" : $"{string.Join(", ", names)} {(names.Length == 1 ? what : what[..^1])}";
}
