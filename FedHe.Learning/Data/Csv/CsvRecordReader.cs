using System.Numerics.Tensors;
using System.Text;

namespace FedHe.Learning.Data.Csv;

/// <summary>A record reader splits text into records, in which quoted cells may hold separators, doubled quotes and line
/// breaks, and skips blank lines.</summary>
internal sealed class CsvRecordReader : IDisposable
{
    /// <summary>The longest record in characters: beyond it the file is no table, and reading on would only fill
    /// memory.</summary>
    private const int MaximumRecordLength = 1 << 22;

    private readonly string _path;
    private readonly char _separator;
    private readonly TextReader _reader;
    private readonly StringBuilder _cell = new();
    private int _line = 1;
    private int _position;

    public CsvRecordReader(string path, char separator)
    {
        _path = path;
        _separator = separator;
        _reader = new StreamReader(BoundedFile.Open(path), Encoding.UTF8);
    }

    /// <summary>Finds the separator that occurs most often outside quotes in the first line that is not blank.</summary>
    public static char DetectSeparator(string path)
    {
        using var reader = new StreamReader(BoundedFile.Open(path), Encoding.UTF8);
        ReadOnlySpan<char> separators = [',', ';', '\t'];
        Span<int> counts = stackalloc int[separators.Length];
        bool quoted = false;
        bool blank = true;
        for (int length = 0; length < MaximumRecordLength; length++)
        {
            int next = reader.Read();
            if (next < 0 || (next == '\n' && !quoted && !blank))
            {
                break;
            }

            quoted ^= next == '"';
            blank &= char.IsWhiteSpace((char)next);
            int kind = separators.IndexOf((char)next);
            if (kind >= 0 && !quoted)
            {
                counts[kind]++;
            }
        }

        return blank
            ? throw DatasetFormatException.In(path, "the file holds no line with data.")
            : separators[counts.IndexOf(TensorPrimitives.Max<int>(counts))];
    }

    /// <summary>Reads the next record, or returns null at the end.</summary>
    public CsvRecord? Read()
    {
        while (true)
        {
            int start = _line;
            List<string>? cells = ReadCells();
            if (cells is null)
            {
                return null;
            }

            if (cells.Count > 1 || cells[0].Length > 0)
            {
                return new CsvRecord(start, cells);
            }
        }
    }

    public void Dispose() => _reader.Dispose();

    private List<string>? ReadCells()
    {
        if (_reader.Peek() < 0)
        {
            return null;
        }

        var cells = new List<string>();
        int start = _line;
        int length = 0;
        bool quoted = false;
        while (true)
        {
            int next = _reader.Read();
            if (++_position > BoundedFile.MaximumLength)
            {
                throw DatasetFormatException.In(
                    _path,
                    $"the table is longer than {BoundedFile.MaximumLength} characters. Use a part of it.");
            }

            if (++length > MaximumRecordLength)
            {
                throw DatasetFormatException.In(
                    _path,
                    $"line {start} is longer than {MaximumRecordLength} characters. " +
                    "This does not look like a table, or a quote is never closed.");
            }

            switch (next)
            {
                case < 0 when quoted:
                    throw DatasetFormatException.In(_path, $"a quote opened on line {start} is never closed.");
                case 0:
                    throw DatasetFormatException.In(_path, $"line {_line} holds a zero byte. This is not a text file.");
                case '"' when quoted && _reader.Peek() == '"':
                    _cell.Append((char)_reader.Read());
                    break;
                case '"' when quoted || IsBlank(_cell):
                    quoted = !quoted;
                    break;
                case < 0 or '\n' when !quoted:
                    _line++;
                    cells.Add(TakeCell());
                    return cells;
                default:
                    _line += next == '\n' ? 1 : 0;
                    if (next == _separator && !quoted)
                    {
                        cells.Add(TakeCell());
                    }
                    else
                    {
                        _cell.Append((char)next);
                    }

                    break;
            }
        }
    }

    private string TakeCell()
    {
        string cell = _cell.ToString().Trim();
        _cell.Clear();
        return cell;
    }

    private static bool IsBlank(StringBuilder text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsWhiteSpace(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
