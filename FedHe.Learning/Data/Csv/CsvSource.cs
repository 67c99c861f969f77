using System.Globalization;
using System.Text;

namespace FedHe.Learning.Data.Csv;

/// <summary>A source opens the text of a table in the encoding that its first bytes or the user tell.</summary>
internal sealed class CsvSource
{
    private const int ExaminedBytes = 4096;
    private const double CommonPart = 0.4;
    private const double RarePart = 0.05;

    private readonly Encoding _encoding;
    private readonly bool _isGuessed;

    private CsvSource(string path, Encoding encoding, bool isGuessed, int skipLines)
    {
        Path = path;
        SkipLines = skipLines;
        _encoding = encoding;
        _isGuessed = isGuessed;
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>The number of lines that are passed over before the first record.</summary>
    public int SkipLines { get; }

    /// <summary>The name of the encoding for the user.</summary>
    public string EncodingName
        => _encoding.WebName.ToUpperInvariant() + (_isGuessed ? " without a byte order mark (option: encoding)" : string.Empty);

    /// <exception cref="DatasetFormatException">The encoding is unknown.</exception>
    public static CsvSource Of(string path, TableOptions options)
    {
        byte[] start = BoundedFile.ReadStart(path, ExaminedBytes);
        Encoding? marked = OfByteOrderMark(start);
        Encoding? guessed = marked is null && options.Encoding is null ? OfZeroBytes(start) : null;
        Encoding encoding = marked ?? Named(path, options.Encoding) ?? guessed ?? new UTF8Encoding(true, throwOnInvalidBytes: true);
        return new CsvSource(path, encoding, guessed is not null, options.SkipLines ?? 0);
    }

    /// <summary>Tells whether bytes are text in UTF-16 or UTF-32, which holds zero bytes as binary data does.</summary>
    public static bool IsWideText(ReadOnlySpan<byte> start) => (OfByteOrderMark(start) ?? OfZeroBytes(start)) is not null;

    /// <summary>Returns the same text without its first lines.</summary>
    public CsvSource After(int lines) => new(Path, _encoding, _isGuessed, lines);

    /// <summary>Opens a reader that refuses bytes that the encoding does not have.</summary>
    public TextReader OpenText() => new StreamReader(BoundedFile.Open(Path), _encoding, detectEncodingFromByteOrderMarks: false);

    /// <summary>Opens a reader of records.</summary>
    public CsvRecordReader Open(char separator) => new(this, separator);

    /// <summary>Words the exception for bytes that the encoding does not have.</summary>
    public DatasetFormatException NotDecodable(DecoderFallbackException cause) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{System.IO.Path.GetFileName(Path)}: line {FirstDamagedLine()} is not {_encoding.WebName.ToUpperInvariant()}. Save the file as UTF-8, " +
            $"or name its encoding (option: encoding), in Western Europe often windows-1252."),
        cause);

    private int FirstDamagedLine()
    {
        Encoding lenient = Find(_encoding.WebName, new DecoderReplacementFallback("\uFFFD"));
        using var reader = new StreamReader(BoundedFile.Open(Path), lenient, detectEncodingFromByteOrderMarks: false);
        int line = 1;
        for (int next = reader.Read(); next is >= 0 and not '\uFFFD'; next = reader.Read())
        {
            line += next == '\n' || (next == '\r' && reader.Peek() != '\n') ? 1 : 0;
        }

        return line;
    }

    private static Encoding? OfByteOrderMark(ReadOnlySpan<byte> start) => start switch
    {
        [0xef, 0xbb, 0xbf, ..] => new UTF8Encoding(true, throwOnInvalidBytes: true),
        [0xff, 0xfe, 0, 0, ..] => new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
        [0, 0, 0xfe, 0xff, ..] => new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
        [0xff, 0xfe, ..] => new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        [0xfe, 0xff, ..] => new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
        _ => null,
    };

    /// <summary>Recognizes UTF-16 by its zeros: digits and separators have one in every second byte.</summary>
    private static UnicodeEncoding? OfZeroBytes(ReadOnlySpan<byte> start)
    {
        Span<int> zeros = stackalloc int[2];
        int pairs = start.Length / 2;
        for (int i = 0; i < 2 * pairs; i += 2)
        {
            if (Math.Max(start[i], start[i + 1]) < '\t')
            {
                return null;
            }

            zeros[0] += start[i] == 0 ? 1 : 0;
            zeros[1] += start[i + 1] == 0 ? 1 : 0;
        }

        for (int common = 0; common < 2; common++)
        {
            if (pairs >= 2 && zeros[common] >= CommonPart * pairs && zeros[1 - common] <= RarePart * pairs)
            {
                return new UnicodeEncoding(bigEndian: common == 0, byteOrderMark: true, throwOnInvalidBytes: true);
            }
        }

        return null;
    }

    private static Encoding? Named(string path, string? name)
    {
        if (name is null)
        {
            return null;
        }

        try
        {
            return Find(name, DecoderFallback.ExceptionFallback);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new DatasetFormatException(
                $"{System.IO.Path.GetFileName(path)}: the encoding '{CsvWording.Shown(name)}' is not known here. " +
                "Usual ones are utf-8, utf-16, windows-1252 and iso-8859-1.",
                exception);
        }
    }

    private static Encoding Find(string name, DecoderFallback fallback)
        => CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, fallback)
            ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, fallback);
}
