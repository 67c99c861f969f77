using System.Text;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Csv;
using nietras.SeparatedValues;

namespace FedHe.Learning.Tests.Data.Csv;

/// <summary>The splitting of text into records is compared with Sep, a reader of many users.</summary>
public sealed class CsvRecordReaderTests : IDisposable
{
    private static readonly string[] Pieces =
        ["a", "0", "-1.5", "\"\"", ",", ";", "\t", "\n", "\r\n", "\r", "ü", "€", "'", "b c", "=", "\\", "N/A"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(',')]
    [InlineData(';')]
    [InlineData('\t')]
    [InlineData('|')]
    public void Read_QuotedAndPlainCells_AreTheRecordsOfSep(char separator)
    {
        var random = new Random(separator);
        for (int table = 0; table < 150; table++)
        {
            string end = (string[])["\n", "\r\n", "\r"] is var ends ? ends[table % 3] : "";
            string text = Table(random, separator, end);
            string path = _folder.Write("data.csv", text);
            List<string[]> expected = OfSep(text, separator);

            List<string[]> found = Ours(path, separator);

            found.Should().HaveCount(expected.Count, text);
            for (int i = 0; i < found.Count; i++)
            {
                found[i].Should().Equal(expected[i], text);
            }
        }
    }

    private static string Table(Random random, char separator, string end)
    {
        var text = new StringBuilder();
        int columns = random.Next(2, 5);
        for (int row = random.Next(1, 12); row > 0; row--)
        {
            // The first cell is never empty and begins no comment, so that no record is blank.
            text.Append('x').Append(separator).AppendJoin(separator, Enumerable.Range(0, columns).Select(_ => Cell(random, separator))).Append(end);
        }

        return text.ToString();
    }

    private static string Cell(Random random, char separator)
    {
        string cell = string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Pieces[random.Next(Pieces.Length)]));
        return cell.AsSpan().ContainsAny("\"\r\n") || cell.Contains(separator) ? $"\"{cell}\"" : cell;
    }

    private static List<string[]> Ours(string path, char separator)
    {
        using CsvRecordReader reader = CsvSource.Of(path, new TableOptions()).Open(separator);
        var records = new List<string[]>();
        while (reader.Read() is { } record)
        {
            records.Add([.. record.Cells]);
        }

        return records;
    }

    private static List<string[]> OfSep(string text, char separator)
    {
        using SepReader reader = Sep.New(separator)
            .Reader(options => options with { HasHeader = false, Unescape = true, DisableColCountCheck = true })
            .FromText(text);
        var records = new List<string[]>();
        foreach (SepReader.Row row in reader)
        {
            string[] cells = new string[row.ColCount];
            for (int i = 0; i < cells.Length; i++)
            {
                // Our cells are trimmed, and their line ends are LF.
                cells[i] = row[i].ToString().ReplaceLineEndings("\n").Trim();
            }

            records.Add(cells);
        }

        return records;
    }
}
