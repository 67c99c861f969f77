using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A CSV number is a cell that is read as a finite number.</summary>
internal static class CsvNumber
{
    /// <summary>Tells whether a cell stands for a missing value.</summary>
    public static bool IsMissing(string cell) =>
        cell.Length == 0 || cell == "?" || cell.Equals("NA", StringComparison.OrdinalIgnoreCase)
        || cell.Equals("N/A", StringComparison.OrdinalIgnoreCase) || cell.Equals("NaN", StringComparison.OrdinalIgnoreCase)
        || cell.Equals("null", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a finite number; a comma is a decimal point where it is not the separator of the cells.</summary>
    public static bool TryParse(string cell, char separator, out double value)
    {
        string text = separator != ',' && !cell.Contains('.') ? cell.Replace(',', '.') : cell;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite((float)value);
    }
}
