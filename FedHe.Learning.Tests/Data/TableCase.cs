using System.Globalization;

namespace FedHe.Learning.Tests.Data;

/// <summary>The texts of small tables as people have them.</summary>
internal static class TableCase
{
    /// <summary>Writes rows x, y and class, with classes that take turns.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="row">Makes the line of a row from its number, without line end.</param>
    /// <param name="head">The text before the rows.</param>
    /// <param name="end">The line end.</param>
    public static string Of(int rows, Func<int, string> row, string head = "", string end = "\n")
        => head + string.Concat(Enumerable.Range(0, rows).Select(i => row(i) + end));

    /// <summary>Writes a number with a point or a comma.</summary>
    public static string Number(double value, string format = "0.0", string mark = ".")
        => value.ToString(format, CultureInfo.InvariantCulture).Replace(".", mark, StringComparison.Ordinal);
}
