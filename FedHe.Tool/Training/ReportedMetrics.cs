using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.Orchestration.Metrics;

namespace FedHe.Tool.Training;

/// <summary>Takes out of what a training command wrote as metrics what a client can report: numbers with names, and not too many of them.</summary>
internal static class ReportedMetrics
{
    /// <summary>Returns the metrics, or null where there are none.</summary>
    /// <param name="written">What the command wrote.</param>
    /// <param name="leftOut">The names that were left out.</param>
    public static RoundMetrics? Of(JsonObject? written, out IReadOnlyList<string> leftOut)
    {
        KeyValuePair<string, JsonNode?>[] all = [.. written ?? []];
        KeyValuePair<string, double>[] taken = [.. all.Select(one => KeyValuePair.Create(NameOf(one.Key), NumberIn(one.Value)))
            .Where(one => RoundMetrics.IsName(one.Key) && double.IsFinite(one.Value)).DistinctBy(one => one.Key).Take(RoundMetrics.MaxCount)];
        leftOut = [.. all.Where(one => !taken.Any(metric => metric.Key == NameOf(one.Key) && metric.Value == NumberIn(one.Value))).Select(one => one.Key)];
        return taken.Length == 0 ? null : RoundMetrics.Of(taken);
    }

    // Programs like capital letters.
    private static string NameOf(string name) => name.ToLowerInvariant();

    private static double NumberIn(JsonNode? value)
        => value is JsonValue number && number.GetValueKind() == JsonValueKind.Number && number.TryGetValue(out double read) ? read : double.NaN;
}
