using System.Globalization;

namespace FedHe.Learning.Data.Csv;

/// <summary>A naming finds columns by the names that a header holds, or by position.</summary>
internal sealed class CsvNaming(CsvLayout layout, TableOptions options)
{
    private const int LargestMisspelling = 2;

    /// <summary>Finds the label column before it is known whether the first record is a header.</summary>
    /// <param name="first">The cells of the first record.</param>
    /// <param name="isName">Whether the column was found by a name in the first record, which therefore is a header.</param>
    /// <exception cref="DatasetFormatException">There is no such column, or there are several.</exception>
    public int LabelIn(IReadOnlyList<string> first, out bool isName)
    {
        isName = false;
        if (options.Label is not string label)
        {
            return first.Count - 1;
        }

        int position = PositionOf(label, first.Count);
        int named = options.Header is false ? -1 : IndexOf(label, first);
        if (named >= 0 && (position < 0 || options.Header is true || CsvHeader.MayBeNames(first)))
        {
            isName = true;
            return named;
        }

        int commented = position < 0 && layout.CommentedNames is { } names ? IndexOf(label, names) : -1;
        return Math.Max(position, commented) is >= 0 and int index ? index : throw Unknown(label, first);
    }

    /// <summary>Names the columns.</summary>
    /// <param name="hasHeader">Whether the first record is a header.</param>
    /// <param name="first">The cells of the first record.</param>
    public string[] NamesOf(bool hasHeader, IReadOnlyList<string> first)
    {
        IReadOnlyList<string>? names = hasHeader ? first : layout.CommentedNames;
        return [.. Enumerable.Range(0, first.Count).Select(index => names?[index] is { Length: > 0 } name
            ? name
            : string.Create(CultureInfo.InvariantCulture, $"column {index}"))];
    }

    /// <summary>Finds the columns to leave out.</summary>
    /// <exception cref="DatasetFormatException">There is no such column, or there are several.</exception>
    public IReadOnlySet<int> LeftOut(IReadOnlyList<string> names) => options.LeaveOut
        .Select(column => IndexOf(column, names) is >= 0 and int named ? named
            : PositionOf(column, names.Count) is >= 0 and int position ? position : throw Unknown(column, names))
        .ToHashSet();

    /// <summary>Words a note on each name that several columns share.</summary>
    public static IEnumerable<string> Duplicates(IReadOnlyList<string> names) => names
        .Select((name, index) => (Name: name, Index: index))
        .GroupBy(column => column.Name, column => column.Index)
        .Where(columns => columns.Count() > 1)
        .Select(columns => $"The columns {Positions(columns)} are all named '{CsvWording.Shown(columns.Key)}'.");

    private int IndexOf(string name, IReadOnlyList<string> names)
    {
        foreach (StringComparison comparison in (ReadOnlySpan<StringComparison>)[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            int[] found = [.. Enumerable.Range(0, names.Count).Where(index => names[index].Equals(name, comparison))];
            if (found.Length > 1)
            {
                throw DatasetFormatException.In(
                    layout.Source.Path,
                    $"the columns {Positions(found)} are all named '{CsvWording.Shown(name)}'. Give the position of the one you mean.");
            }

            if (found.Length == 1)
            {
                return found[0];
            }
        }

        return -1;
    }

    private static int PositionOf(string text, int count)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int position) && position < count ? position : -1;

    private static string Positions(IEnumerable<int> indices)
        => CsvWording.Listed([.. indices.Select(index => index.ToString(CultureInfo.InvariantCulture))]);

    private DatasetFormatException Unknown(string name, IReadOnlyList<string> first)
    {
        IReadOnlyList<string> names = layout.CommentedNames ?? first;
        string? near = names.Where(known => known.Length > LargestMisspelling)
            .Select(known => (Name: known, Distance: Distance(known, name)))
            .Where(known => known.Distance <= LargestMisspelling)
            .OrderBy(known => known.Distance)
            .Select(known => known.Name)
            .FirstOrDefault();
        string advice = near is null ? string.Empty : $" Is '{CsvWording.Shown(near)}' meant?";
        return DatasetFormatException.In(layout.Source.Path, string.Create(
            CultureInfo.InvariantCulture,
            $"there is no column '{CsvWording.Shown(name)}'.{advice} Give a name of line {layout.HeadLine} ({CsvWording.Listed([.. names])}) " +
            $"or a position from 0 to {first.Count - 1}."));
    }

    /// <summary>Counts the letters to change, add or remove between two words, whatever their case.</summary>
    private static int Distance(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > LargestMisspelling)
        {
            return int.MaxValue;
        }

        int[] above = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 0; i < left.Length; i++)
        {
            int diagonal = above[0]++;
            for (int j = 0; j < right.Length; j++)
            {
                int change = diagonal + (char.ToUpperInvariant(left[i]) == char.ToUpperInvariant(right[j]) ? 0 : 1);
                diagonal = above[j + 1];
                above[j + 1] = Math.Min(change, Math.Min(above[j], above[j + 1]) + 1);
            }
        }

        return above[^1];
    }
}
