using System.Globalization;

namespace FedHe.Benchmarks.Rounds;

/// <summary>A round precision is the precision that a round promises for its averages.</summary>
/// <param name="Bits">Promised bits, or 0 to leave nothing out.</param>
/// <param name="IsExact">Whether values are rounded to integers of this size, so that sums are exact.</param>
internal readonly record struct RoundPrecision(int Bits, bool IsExact)
{
    private const string ExactPrefix = "exact-";
    private const int MostBits = 30;
    private const int LeastExactBits = 2;
    private const int MostExactBits = 32;

    public static bool TryParse(string text, out RoundPrecision precision)
    {
        bool isExact = text.StartsWith(ExactPrefix, StringComparison.Ordinal);
        string digits = isExact ? text[ExactPrefix.Length..] : text;
        bool isNumber = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int bits);
        precision = new RoundPrecision(bits, isExact);
        return isNumber && (isExact ? bits is >= LeastExactBits and <= MostExactBits : bits <= MostBits);
    }

    /// <summary>The name of the precision in figures: <c>24-bit</c>, <c>exact-16</c>, or <c>full</c> where everything
    /// travels.</summary>
    public string Name => (IsExact, Bits) switch
    {
        (true, _) => ToString(),
        (_, 0) => "full",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Bits}-bit"),
    };

    /// <summary>Writes the precision as the command line has it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsExact ? ExactPrefix : string.Empty)}{Bits}");
}
