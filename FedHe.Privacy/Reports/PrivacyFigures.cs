using System.Globalization;

namespace FedHe.Privacy.Reports;

/// <summary>
/// Privacy figures are numbers of a promise as text for people, rounded to the side on which nobody is promised too much.
/// </summary>
/// <remarks>
/// Figures have a few digits, since a promise is judged and not computed with. A text that is read back as the same double counts as exact: 0.1 stays 0.1.
/// </remarks>
public static class PrivacyFigures
{
    /// <summary>The number of decimals where none is chosen.</summary>
    public const int UsualDecimals = 4;

    private const int MantissaDecimals = 3;
    private const int MostDecimals = 12;

    /// <summary>Writes a number that must not look smaller than it is, such as an epsilon that was spent, a delta or a sensitivity.</summary>
    /// <param name="value">The number.</param>
    /// <param name="decimals">The largest number of decimals, up to 12. Numbers below 0.001 and from a million on have an exponent and three decimals instead.</param>
    /// <returns>The text; "unbounded" for infinity and where the number is unknown (NaN).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of decimals is out of range.</exception>
    public static string AtMost(double value, int decimals = UsualDecimals)
        => value is double.PositiveInfinity or double.NaN ? "unbounded" : Write(value, decimals, isUp: true);

    /// <summary>Writes a number that must not look larger than it is, such as an epsilon that remains or the scale of noise.</summary>
    /// <param name="value">The number.</param>
    /// <param name="decimals">The largest number of decimals, up to 12. Numbers below 0.001 and from a million on have an exponent and three decimals instead.</param>
    /// <returns>The text; "unbounded" for infinity, and "0" where the number is unknown (NaN).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of decimals is out of range.</exception>
    public static string AtLeast(double value, int decimals = UsualDecimals)
        => double.IsNaN(value) ? "0" : double.IsPositiveInfinity(value) ? "unbounded" : Write(value, decimals, isUp: false);

    /// <summary>Writes a part of a whole in percent, never smaller than it is, and 100 % at most.</summary>
    internal static string PercentAtMost(double part, double whole)
        => part < whole ? Write(100 * (part / whole), 0, isUp: true) + " %" : "100 %";

    private static string Write(double value, int decimals, bool isUp)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(decimals);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(decimals, MostDecimals);
        if (value < 0)
        {
            return double.IsNegativeInfinity(value) ? "-unbounded" : "-" + Write(-value, decimals, !isUp);
        }

        return value switch
        {
            0 => "0",
            >= 1e-3 and < 1e6 => Plain(value, decimals, isUp),
            _ => WithExponent(value, isUp),
        };
    }

    private static string Plain(double value, int decimals, bool isUp)
    {
        string text = value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        decimal number = decimal.Parse(text, CultureInfo.InvariantCulture) + (Correction(text, value, isUp) * Unit(decimals));
        return number.ToString("#,0." + new string('#', decimals), CultureInfo.InvariantCulture);
    }

    private static string WithExponent(double value, bool isUp)
    {
        string text = value.ToString("E3", CultureInfo.InvariantCulture);
        int end = text.IndexOf('E', StringComparison.Ordinal);
        decimal mantissa = decimal.Parse(text[..end], CultureInfo.InvariantCulture) + (Correction(text, value, isUp) * Unit(MantissaDecimals));
        int exponent = int.Parse(text[(end + 1)..], CultureInfo.InvariantCulture);
        (mantissa, exponent) = mantissa >= 10 ? (mantissa / 10, exponent + 1) : mantissa < 1 ? (mantissa * 10, exponent - 1) : (mantissa, exponent);
        return string.Create(CultureInfo.InvariantCulture, $"{mantissa:0.####}e{exponent}");
    }

    /// <summary>Tells by how many units of its last digit a text is moved, because it lies on the wrong side of the number.</summary>
    private static int Correction(string text, double value, bool isUp)
    {
        double read = double.Parse(text, CultureInfo.InvariantCulture);
        return isUp && read < value ? 1 : !isUp && read > value ? -1 : 0;
    }

    private static decimal Unit(int decimals) => new(1, 0, 0, false, (byte)decimals);
}
