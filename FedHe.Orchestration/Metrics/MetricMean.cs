namespace FedHe.Orchestration.Metrics;

/// <summary>A metric mean is the mean of one metric over the clients that reported it, each of whom counts once, whatever its weight.</summary>
/// <param name="Name">The name of the metric.</param>
/// <param name="Value">The mean, which is finite.</param>
/// <param name="Clients">The number of clients that reported the metric, at least 1.</param>
public sealed record MetricMean(string Name, double Value, int Clients)
{
    /// <summary>Computes the mean of each metric.</summary>
    /// <param name="reported">The metrics of each client.</param>
    /// <returns>The means, in the order of the characters of the names.</returns>
    public static IReadOnlyList<MetricMean> Of(IEnumerable<RoundMetrics> reported)
    {
        ArgumentNullException.ThrowIfNull(reported);
        return
        [
            .. reported.SelectMany(metrics => metrics.Values)
                .GroupBy(metric => metric.Key, metric => metric.Value, StringComparer.Ordinal)
                .OrderBy(metric => metric.Key, StringComparer.Ordinal)
                .Select(metric => Of(metric.Key, [.. metric])),
        ];
    }

    // The largest numbers do not become infinite where they are divided before they are added, and rounding takes the mean beyond none of them.
    private static MetricMean Of(string name, double[] values) => new(name, Math.Clamp(values.Sum(value => value / values.Length), values.Min(), values.Max()), values.Length);
}
