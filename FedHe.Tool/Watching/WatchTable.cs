using System.Globalization;
using FedHe.Tool.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FedHe.Tool.Watching;

/// <summary>Shows on a terminal how a job stands, as tables that change.</summary>
internal static class WatchTable
{
    private const int MostParties = 40;
    private const int MostRefusals = 8;
    private const int MostRounds = 3;

    public static IRenderable Of(WatchedJob? job, string? trouble)
    {
        if (job is null)
        {
            return Text(trouble ?? "The server has saved nothing yet: no client has announced itself.");
        }

        var rows = new List<IRenderable>
        {
            Text(string.Create(CultureInfo.InvariantCulture, $"{job.Name}: round {Math.Min(job.Round, job.Rounds)} of {job.Rounds}, attempt {job.Attempt}, {job.Outcome ?? WatchWords.PhaseOf(job)}"), Decoration.Bold),
            Text(string.Create(CultureInfo.InvariantCulture, $"last sum: round {job.LastSum}; epoch {job.Epoch}")),
            Parties(job),
        };
        rows.AddRange(job.Metrics.Take(MostRounds).Select(Metrics));
        if (job.Refusals.Count > 0)
        {
            rows.Add(Refusals(job));
        }

        if (trouble is not null)
        {
            rows.Add(Text(trouble, Decoration.Bold));
        }

        return new Rows(rows);
    }

    private static Table Parties(WatchedJob job)
    {
        Table table = Begin("Party", "State", "Does");
        foreach (WatchedParty party in job.Parties.Take(MostParties))
        {
            table.AddRow(Text(party.Name), Text(party.IsLate ? "late" : party.State, party.IsLate ? Decoration.Bold : Decoration.None), Text(party.Doing));
        }

        if (job.Parties.Count > MostParties)
        {
            table.Caption(string.Create(CultureInfo.InvariantCulture, $"and {job.Parties.Count - MostParties} more"));
        }

        return table;
    }

    private static Table Metrics(WatchedMetrics round)
    {
        Table table = Begin("Client", string.Create(CultureInfo.InvariantCulture, $"Reported of round {round.Round}, attempt {round.Attempt}"));
        foreach (WatchedReport report in round.Reports.Take(MostParties))
        {
            table.AddRow(Text(report.Party), Text(WatchWords.Words(report)));
        }

        return table;
    }

    private static Table Refusals(WatchedJob job)
    {
        Table table = Begin("Refused", "Of", "Reason", "Times");
        foreach (WatchedRefusal refusal in job.Refusals.Take(MostRefusals))
        {
            table.AddRow(Text(refusal.Message), Text(refusal.Party), Text(refusal.Reason), Text(refusal.Count.ToString(CultureInfo.InvariantCulture)));
        }

        return table;
    }

    private static Table Begin(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Rounded };
        return table.AddColumns(columns);
    }

    // Names come from others, and command no terminal and no markup.
    private static Text Text(string text, Decoration decoration = Decoration.None) => new(Report.Printable(text), new Style(decoration: decoration));
}
