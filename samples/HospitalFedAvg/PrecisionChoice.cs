using System.Globalization;
using FedHe.Crypto.KeyAdditive.Parameters;

namespace HospitalFedAvg;

/// <summary>
/// A precision choice is the promised precision of the average: <c>24</c> bits, <c>exact-16</c> for sums of 16-bit
/// integers, <c>0</c> to send everything.
/// </summary>
/// <param name="Bits">Promised bits, or 0 to leave nothing out on the wire.</param>
/// <param name="IsExact">Whether values are rounded to integers of these bits, whose sums are exact.</param>
internal readonly record struct PrecisionChoice(int Bits, bool IsExact)
{
    private const string ExactPrefix = "exact-";
    private const int MostBits = 40;
    private const int LeastExactBits = 2;
    private const int MostExactBits = 32;

    /// <summary>Whether models under round keys can keep the promise.</summary>
    public bool FitsRoundKeys => !IsExact
        && Bits is >= KeyAdditiveRequirements.LeastPrecisionBits and <= KeyAdditiveRequirements.LargestPrecisionBits;

    public static bool TryParse(string text, out PrecisionChoice choice)
    {
        bool isExact = text.StartsWith(ExactPrefix, StringComparison.Ordinal);
        string digits = isExact ? text[ExactPrefix.Length..] : text;
        bool isNumber = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int bits);
        choice = new PrecisionChoice(bits, isExact);
        return isNumber && (isExact ? bits is >= LeastExactBits and <= MostExactBits : bits <= MostBits);
    }

    /// <summary>Writes the choice as the command line has it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsExact ? ExactPrefix : string.Empty)}{Bits}");
}
