using System.Globalization;
using System.Text.Json.Nodes;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Metrics;
using FedHe.Tool.Output;

namespace FedHe.Tool.Kits;

/// <summary>Says which metrics clients reported to the server of a kit. The server has them from the clients, and can check none.</summary>
internal static class KitMetrics
{
    /// <summary>Writes the metrics of all clients in a round, or in the newest one that has any.</summary>
    /// <param name="kit">The kit of the server.</param>
    /// <param name="round">The number of the round, or 0.</param>
    /// <param name="report">Receives them.</param>
    public static void Write(Kit kit, int round, Report report)
    {
        FederationJob job = kit.ReadJob();
        using ServerFiles files = ServerFiles.Open(kit, job);
        IReadOnlyList<MetricReport> all = Read(files);
        int wanted = round > 0 ? round : all.Select(one => one.Slot.Round).DefaultIfEmpty(0).Max();
        IGrouping<int, MetricReport>[] attempts = [.. all.Where(one => one.Slot.Round == wanted).GroupBy(one => one.Slot.Attempt).OrderBy(attempt => attempt.Key)];
        if (attempts.Length == 0)
        {
            throw ToolException.TryAgain(
                job.Update.Privacy is not null ? "The job has privacy terms, which pay for no metrics: no client reports any."
                    : all.Count == 0 ? "No client has reported metrics yet. Each client's operator decides: 'fedhe client run --report-metrics', or ReportMetrics in its settings."
                    : string.Create(CultureInfo.InvariantCulture, $"No client has reported metrics of round {wanted}. Rounds with metrics: {string.Join(", ", all.Select(one => one.Slot.Round).Distinct().Order())}."));
        }

        report.Set("round", wanted).Set("attempts", new JsonArray([.. attempts.Select(attempt => (JsonNode)Describe(attempt))]));
        foreach (IGrouping<int, MetricReport> attempt in attempts)
        {
            WriteMeans(attempt, report);
            foreach (MetricReport own in attempt.OrderBy(one => one.Slot.Client.Value, StringComparer.Ordinal))
            {
                report.Line($"  {own.Slot.Client}: {Words(own.Metrics)}");
            }
        }
    }

    /// <summary>Writes the means of the newest round that has metrics, where there is one.</summary>
    public static void WriteNewest(ServerFiles files, Report report)
    {
        IReadOnlyList<MetricReport> all = Read(files);
        if (all.MaxBy(one => (one.Slot.Round, one.Slot.Attempt))?.Slot is UploadSlot newest)
        {
            IGrouping<int, MetricReport> attempt = all.Where(one => one.Slot.Round == newest.Round).GroupBy(one => one.Slot.Attempt).MaxBy(one => one.Key)!;
            report.Set("metrics", Describe(attempt));
            WriteMeans(attempt, report);
        }
    }

    /// <summary>Reads the first report of each client for each attempt. A server whose disk failed may have written it again.</summary>
    public static IReadOnlyList<MetricReport> Read(ServerFiles files)
        => [.. MetricReport.ReadAll(files.TryRead(PartyFiles.Metrics) ?? [], out _).DistinctBy(report => (report.Slot.Round, report.Slot.Attempt, report.Slot.Client))];

    /// <summary>Words the metrics of a client.</summary>
    public static string Words(RoundMetrics metrics) => string.Join(", ", metrics.Values.Select(one => $"{one.Key} {Number(one.Value)}"));

    private static void WriteMeans(IGrouping<int, MetricReport> attempt, Report report)
    {
        MetricReport any = attempt.First();
        report.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Metrics of round {any.Slot.Round}, attempt {any.Slot.Attempt}, as clients report them; means: {string.Join(", ", MetricMean.Of(attempt.Select(one => one.Metrics)).Select(mean => $"{mean.Name} {Number(mean.Value)} (of {mean.Clients})"))}."));
    }

    private static JsonObject Describe(IGrouping<int, MetricReport> attempt) => new()
    {
        ["round"] = attempt.First().Slot.Round,
        ["attempt"] = attempt.Key,
        ["means"] = new JsonArray([.. MetricMean.Of(attempt.Select(one => one.Metrics)).Select(mean => (JsonNode)new JsonObject { ["name"] = mean.Name, ["value"] = mean.Value, ["clients"] = mean.Clients })]),
        ["clients"] = new JsonObject(attempt.OrderBy(one => one.Slot.Client.Value, StringComparer.Ordinal).Select(one => KeyValuePair.Create(
            one.Slot.Client.Value,
            (JsonNode?)new JsonObject(one.Metrics.Values.Select(metric => KeyValuePair.Create(metric.Key, (JsonNode?)metric.Value)))))),
    };

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
