namespace FedHe.Learning.Data;

/// <summary>The table options overrule what the reader of text tables finds out by itself.</summary>
/// <remarks>Notes and messages name the option that overrules a guess.</remarks>
public sealed record TableOptions
{
    /// <summary>The name or zero-based position of the column that holds the class; null for the last column.</summary>
    public string? Label { get; init; }

    /// <summary>The character between cells, a space for runs of blanks; null to find it out.</summary>
    public char? Separator { get; init; }

    /// <summary>Whether the first line of the table holds the columns' names; null to find it out.</summary>
    public bool? Header { get; init; }

    /// <summary>The decimal mark, a point or a comma, where the other one groups thousands; null to find it out.</summary>
    public char? Decimal { get; init; }

    /// <summary>The name of the text encoding, such as <c>windows-1252</c>; null for UTF-8, or UTF-16 where the bytes show
    /// it. A byte order mark in the file wins.</summary>
    public string? Encoding { get; init; }

    /// <summary>The number of lines before the table; null to find it out.</summary>
    public int? SkipLines { get; init; }

    /// <summary>The names or zero-based positions of columns to leave out.</summary>
    public IReadOnlyList<string> LeaveOut { get; init; } = [];

    internal bool IsEmpty => this with { LeaveOut = [] } == new TableOptions() && LeaveOut.Count == 0;
}
