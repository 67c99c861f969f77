using System.Buffers;
using System.Globalization;
using System.Text;

namespace FedHe.Learning.Data.Csv;

/// <summary>A CSV number is a cell that is read as a number in one of the spellings that people and programs use.</summary>
internal static class CsvNumber
{
    private const int GroupLength = 3;
    private const string Minuses = "\u2212\u2013\uFE63\uFF0D";
    private const string Decorations = "%$\u20AC\u00A3\u00A5()<>\u2264\u2265~'` ";
    private const string GroupMarks = " \u00A0\u2009\u202F'\u2019";

    private static readonly SearchValues<char> PlainLetters = SearchValues.Create("0123456789+-.,eE");

    private static readonly HashSet<string> MissingWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "?", "NA", "N/A", "NaN", "null", "#N/A", "#N/A N/A", "<NA>",
    };

    private static readonly HashSet<string> Placeholders = new(StringComparer.OrdinalIgnoreCase)
    {
        "-", "--", ".", "..", "*", "none", "nil", "n.a.", "missing", "unknown", "-nan", "-nan(ind)", "1.#IND", "-1.#IND", "1.#QNAN",
        "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!",
    };

    private static readonly HashSet<string> Infinities = new(StringComparer.OrdinalIgnoreCase)
    {
        "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "\u221E", "+\u221E", "-\u221E", "1.#INF", "-1.#INF",
    };

    /// <summary>Tells whether a cell stands for a missing value wherever it occurs.</summary>
    public static bool IsMissing(string cell) => cell.Length <= 8 && MissingWords.Contains(cell);

    /// <summary>Tells whether a text is a number with signs around it, such as 5 %, $5, (5) or &lt;5, whose meaning is for the user to
    /// tell.</summary>
    public static bool IsDecorated(string text)
    {
        string core = text.Trim(Decorations.ToCharArray());
        return core.Length is > 0 && core.Length < text.Length
            && (TryParse(core, '.', out _) || TryParse(core, ',', out _));
    }

    /// <summary>Tells what a cell stands for, and reads its number.</summary>
    /// <param name="cell">The trimmed cell.</param>
    /// <param name="decimalMark">A point or a comma; the other one groups thousands.</param>
    /// <param name="value">The number, or 0.</param>
    public static CsvCellKind Classify(string cell, char decimalMark, out double value)
    {
        value = 0;
        if (IsMissing(cell))
        {
            return CsvCellKind.Missing;
        }

        if (!TryParse(cell, decimalMark, out value))
        {
            return ClassifyWord(cell);
        }

        bool isFinite = float.IsFinite((float)value);
        value = isFinite ? value : 0;
        return isFinite ? CsvCellKind.Number : CsvCellKind.Infinite;
    }

    private static CsvCellKind ClassifyWord(string cell)
    {
        if (Infinities.Contains(cell) || (Minuses.Contains(cell[0]) && Infinities.Contains($"-{cell[1..]}")))
        {
            return CsvCellKind.Infinite;
        }

        return Placeholders.Contains(cell) ? CsvCellKind.Placeholder : CsvCellKind.Text;
    }

    /// <summary>Reads a number with an optional sign, thousands in groups of three, a fraction and an exponent.</summary>
    private static bool TryParse(string cell, char decimalMark, out double value)
    {
        // Most cells are plain.
        string simple = decimalMark == ',' ? cell.Replace(',', '.') : cell;
        if (!cell.Contains(decimalMark == ',' ? '.' : ',')
            && !cell.AsSpan().ContainsAnyExcept(PlainLetters)
            && double.TryParse(simple, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
        {
            return true;
        }

        value = 0;
        int exponentAt = cell.AsSpan().IndexOfAny('e', 'E');
        ReadOnlySpan<char> mantissa = exponentAt < 0 ? cell : cell.AsSpan(0, exponentAt);
        var plain = new StringBuilder(cell.Length);
        mantissa = TakeSign(mantissa, plain);
        int markAt = mantissa.IndexOf(decimalMark);
        ReadOnlySpan<char> whole = markAt < 0 ? mantissa : mantissa[..markAt];
        ReadOnlySpan<char> fraction = markAt < 0 ? [] : mantissa[(markAt + 1)..];
        if (whole.Length + fraction.Length == 0 || !TryAppendWhole(whole, decimalMark, plain) || !IsDigits(fraction))
        {
            return false;
        }

        plain.Append('.').Append(fraction).Append('0');
        if (exponentAt >= 0)
        {
            plain.Append('e');
            ReadOnlySpan<char> exponent = TakeSign(cell.AsSpan(exponentAt + 1), plain);
            if (exponent.IsEmpty || !IsDigits(exponent))
            {
                return false;
            }

            plain.Append(exponent);
        }

        return double.TryParse(plain.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    private static ReadOnlySpan<char> TakeSign(ReadOnlySpan<char> text, StringBuilder plain)
    {
        if (text.IsEmpty || !(text[0] is '-' or '+' || Minuses.Contains(text[0])))
        {
            return text;
        }

        plain.Append(text[0] == '+' ? '+' : '-');
        return text[1..];
    }

    private static bool TryAppendWhole(ReadOnlySpan<char> whole, char decimalMark, StringBuilder plain)
    {
        if (IsDigits(whole))
        {
            plain.Append('0').Append(whole);
            return true;
        }

        // The first group is no lone zero: 0,125 has three decimals.
        int first = whole.IndexOfAnyExceptInRange('0', '9');
        char mark = whole[first];
        if (!(mark == (decimalMark == '.' ? ',' : '.') || GroupMarks.Contains(mark)) || first is 0 or > GroupLength || whole[0] == '0')
        {
            return false;
        }

        plain.Append(whole[..first]);
        for (whole = whole[first..]; !whole.IsEmpty; whole = whole[(GroupLength + 1)..])
        {
            if (whole[0] != mark || whole.Length < GroupLength + 1 || !IsDigits(whole[1..(GroupLength + 1)]))
            {
                return false;
            }

            plain.Append(whole[1..(GroupLength + 1)]);
        }

        return true;
    }

    private static bool IsDigits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') < 0;
}
