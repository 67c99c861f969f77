using System.Globalization;

namespace FedHe.Learning.Tests.Data;

/// <summary>A culture that writes numbers as no machine reads them; tests run without the cultures of the system.</summary>
internal static class ForeignCulture
{
    public static CultureInfo Create()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat = new NumberFormatInfo
        {
            NumberDecimalSeparator = ",",
            NumberGroupSeparator = ".",
            NegativeSign = "\u2212",
            PercentDecimalSeparator = ",",
        };
        return culture;
    }
}
