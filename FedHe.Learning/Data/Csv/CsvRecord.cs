namespace FedHe.Learning.Data.Csv;

/// <summary>A record is one row of a table.</summary>
/// <param name="Line">The line on which the record starts, counted from 1.</param>
/// <param name="Cells">The cells, trimmed and unquoted.</param>
internal readonly record struct CsvRecord(int Line, IReadOnlyList<string> Cells);
