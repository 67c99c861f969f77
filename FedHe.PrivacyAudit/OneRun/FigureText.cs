using System.Globalization;

namespace FedHe.PrivacyAudit.OneRun;

/// <summary>A figure text writes a bound with some decimals, rounded to the side on which it still holds.</summary>
internal static class FigureText
{
    /// <summary>Writes a lower bound, which is never rounded up.</summary>
    public static string AtLeast(double value, int decimals) => Write(value, decimals, -1);

    /// <summary>Writes an upper bound, which is never rounded down.</summary>
    public static string AtMost(double value, int decimals) => Write(value, decimals, 1);

    private static string Write(double value, int decimals, int side)
    {
        string format = "0." + new string('#', decimals);
        string text = value.ToString(format, CultureInfo.InvariantCulture);

        // A text that is read back as the same number is exact enough.
        double read = double.Parse(text, CultureInfo.InvariantCulture);
        return (side < 0 ? read > value : read < value)
            ? (decimal.Parse(text, CultureInfo.InvariantCulture) + (side * new decimal(1, 0, 0, false, (byte)decimals))).ToString(format, CultureInfo.InvariantCulture)
            : text;
    }
}
