using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Metrics;

/// <summary>Round metrics are what a trainer measured in a round, such as accuracy and loss: finite numbers with names.</summary>
/// <remarks>Metrics leak about the data that they were measured on. Nothing protects them on their way to the server but TLS, and the server reads them.</remarks>
public sealed class RoundMetrics
{
    /// <summary>The largest number of metrics of a round: 16.</summary>
    public const int MaxCount = 16;

    /// <summary>The length of the longest name, in characters: 32.</summary>
    public const int MaxNameLength = 32;

    private RoundMetrics(ImmutableSortedDictionary<string, double> values) => Values = values;

    /// <summary>The numbers by their names, in the order of the characters of the names.</summary>
    public ImmutableSortedDictionary<string, double> Values { get; }

    /// <summary>Makes metrics of numbers and their names.</summary>
    /// <param name="values">1 to 16 finite numbers, each under a name of its own; see <see cref="IsName"/>.</param>
    /// <exception cref="ArgumentException">A name or a number cannot be one of a metric, two have one name, or there are none or too many.</exception>
    public static RoundMetrics Of(IEnumerable<KeyValuePair<string, double>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return TryCreate(values, out RoundMetrics? metrics) ? metrics : throw Throw.MetricRefused(MaxCount, MaxNameLength, nameof(values));
    }

    /// <summary>Tells whether a text can be the name of a metric: 1 to 32 characters, each one of a-z, 0-9, '_', '.' and '-'.</summary>
    /// <param name="text">The text.</param>
    public static bool IsName([NotNullWhen(true)] string? text)
        => text is { Length: > 0 and <= MaxNameLength } && text.All(one => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one) || one is '_' or '.' or '-');

    internal static bool TryCreate(IEnumerable<KeyValuePair<string, double>> values, [NotNullWhen(true)] out RoundMetrics? metrics)
    {
        ImmutableSortedDictionary<string, double>.Builder all = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        metrics = null;
        foreach ((string name, double value) in values)
        {
            if (all.Count == MaxCount || !IsName(name) || !double.IsFinite(value) || !all.TryAdd(name, value))
            {
                return false;
            }
        }

        metrics = all.Count > 0 ? new RoundMetrics(all.ToImmutable()) : null;
        return metrics is not null;
    }
}
