namespace FedHe.Learning.Data.Csv;

/// <summary>One line of a table.</summary>
/// <param name="Line">The line it starts on, counted from 1.</param>
/// <param name="Cells">The cells, trimmed and unquoted.</param>
internal readonly record struct CsvRecord(int Line, IReadOnlyList<string> Cells);
