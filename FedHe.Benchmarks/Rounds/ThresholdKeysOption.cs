using System.CommandLine;
using System.Globalization;
using FedHe.Crypto.Ckks.Threshold.Parameters;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The option <c>--keys threshold:t/n</c> measures a key that n parties make and t of them use.</summary>
internal sealed record ThresholdKeysOption(int Threshold, int Parties)
{
    private const string Prefix = "threshold:";

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Threshold}/{Parties}");

    public static Option<string?> Option()
    {
        var option = new Option<string?>("--keys")
        {
            Description = "threshold:t/n measures a threshold round instead, with a key of n parties that t of them use: encryption, one partial decryption, fusion.",
        };
        option.Validators.Add(result => CommandOptions.Require(
            result, result.GetValueOrDefault<string?>() is not { } text || TryParse(text) is not null, $"--keys must be {Prefix}t/n with 2 <= t <= n <= {ThresholdRequirements.MostParties}."));
        return option;
    }

    public static ThresholdKeysOption? TryParse(string text)
    {
        string[] parts = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].Split('/') : [];
        bool isParsed = parts.Length == 2
            & int.TryParse(parts.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int threshold)
            & int.TryParse(parts.LastOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int parties);
        return isParsed && threshold >= 2 && threshold <= parties && parties <= ThresholdRequirements.MostParties
            ? new ThresholdKeysOption(threshold, parties)
            : null;
    }
}
