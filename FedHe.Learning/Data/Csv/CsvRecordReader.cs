using System.Text;

namespace FedHe.Learning.Data.Csv;

/// <summary>A record reader splits text into records, in which quoted cells may hold separators, doubled quotes and line
/// breaks, and skips blank lines.</summary>
/// <remarks>Lines end with LF, CR LF or CR. Within a line that begins as comments do, quotes are nothing special.</remarks>
internal sealed class CsvRecordReader : IDisposable
{
    /// <summary>The longest record in characters: beyond it the file is no table, and reading on would only fill
    /// memory.</summary>
    private const int MaximumRecordLength = 1 << 22;

    private readonly CsvSource _source;
    private readonly char _separator;
    private readonly TextReader _reader;
    private readonly StringBuilder _cell = new();
    private readonly char[] _buffer = new char[1 << 14];
    private int _filled;
    private int _taken;
    private int _line = 1;
    private int _position;
    private bool _hasCell;

    public CsvRecordReader(CsvSource source, char separator)
    {
        _source = source;
        _separator = separator;
        _reader = source.OpenText();
        while (_line <= source.SkipLines && ReadLine() is not null)
        {
            // ReadLine counts the lines.
        }
    }

    /// <summary>Reads the rest of the current line as it is, or returns null at the end.</summary>
    public string? ReadLine()
    {
        if (Peek() < 0)
        {
            return null;
        }

        var text = new StringBuilder();
        int length = 0;
        while (true)
        {
            int next = Next(ref length, _line);
            if (next is < 0 or '\n')
            {
                _line++;
                return text.ToString();
            }

            text.Append((char)next);
        }
    }

    /// <summary>Reads the next record, or returns null at the end.</summary>
    /// <exception cref="DatasetFormatException">The text is no table.</exception>
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

            if (cells.Count > 1 || (cells.Count == 1 && cells[0].Length > 0))
            {
                return new CsvRecord(start, cells);
            }
        }
    }

    public void Dispose() => _reader.Dispose();

    private List<string>? ReadCells()
    {
        if (Peek() < 0)
        {
            return null;
        }

        var cells = new List<string>();
        int start = _line;
        int length = 0;
        bool quoted = false;
        bool isMarked = false;
        while (true)
        {
            int next = Next(ref length, start);
            switch (next)
            {
                case < 0 when quoted:
                    throw DatasetFormatException.In(_source.Path, $"a quote opened on line {start} is never closed.");
                case 0:
                    throw DatasetFormatException.In(_source.Path, $"line {_line} holds a zero byte. This is not a text file.");
                case '"' when quoted && Peek() == '"':
                    _cell.Append((char)Next(ref length, start));
                    break;
                case '"' when (quoted || IsBlank(_cell)) && !isMarked:
                    quoted = !quoted;
                    _hasCell = true;
                    break;
                case < 0 or '\n' when !quoted:
                    _line++;
                    EndRecord(cells);
                    return cells;
                default:
                    _line += next == '\n' ? 1 : 0;
                    isMarked |= next == CsvRecord.CommentMark && cells.Count == 0 && IsBlank(_cell) && !quoted && !_hasCell;
                    Append((char)next, quoted, cells);
                    break;
            }
        }
    }

    private void Append(char next, bool quoted, List<string> cells)
    {
        bool isBlank = next is ' ' or '\t';
        if (quoted || !(next == _separator || (_separator == ' ' && isBlank)))
        {
            _cell.Append(next);
            _hasCell |= !isBlank;
        }
        else if (_separator != ' ' || _hasCell)
        {
            // A run of blanks is one separator.
            cells.Add(TakeCell());
        }
    }

    private void EndRecord(List<string> cells)
    {
        if (_separator != ' ' || _hasCell)
        {
            cells.Add(TakeCell());
        }
    }

    private string TakeCell()
    {
        string cell = _cell.ToString().Trim();
        _cell.Clear();
        _hasCell = false;
        return cell;
    }

    /// <summary>Takes the next character; every line end becomes LF.</summary>
    private int Next(ref int length, int start)
    {
        int next = Peek();
        _taken++;
        if (next == '\r')
        {
            next = '\n';
            _taken += Peek() == '\n' ? 1 : 0;
        }

        if (++_position > BoundedFile.MaximumLength)
        {
            throw DatasetFormatException.In(
                _source.Path,
                $"the table is longer than {BoundedFile.MaximumLength} characters. Use a part of it.");
        }

        return ++length <= MaximumRecordLength ? next : throw DatasetFormatException.In(
            _source.Path,
            $"line {start} is longer than {MaximumRecordLength} characters. " +
            "This does not look like a table, or a quote is never closed.");
    }

    private int Peek()
    {
        if (_taken >= _filled)
        {
            _taken = 0;
            try
            {
                _filled = _reader.Read(_buffer);
            }
            catch (DecoderFallbackException exception)
            {
                throw _source.NotDecodable(exception);
            }
        }

        return _filled > 0 ? _buffer[_taken] : -1;
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
