namespace FedHe.Learning.Data.Csv;

/// <summary>A record is one row of a table.</summary>
/// <param name="Line">The line on which the record starts, counted from 1.</param>
/// <param name="Cells">The cells, trimmed and unquoted.</param>
internal readonly record struct CsvRecord(int Line, IReadOnlyList<string> Cells)
{
    /// <summary>The character that comments begin with.</summary>
    public const char CommentMark = '#';

    /// <summary>Whether the record begins as comments do.</summary>
    public bool IsMarked => Cells[0].StartsWith(CommentMark);

    /// <summary>Whether no cell holds anything.</summary>
    public bool IsEmpty => Cells.All(cell => cell.Length == 0);

    /// <summary>Tells whether the record is a comment between rows of some columns: text after the mark, or another number of
    /// cells. A row may begin with the mark too, as in the color #ff0000.</summary>
    public bool IsCommentAmong(int columns)
        => IsMarked && (Cells.Count != columns || Cells[0].Length == 1 || char.IsWhiteSpace(Cells[0][1]) || Cells[0][1] == CommentMark);
}
