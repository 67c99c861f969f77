using System.Globalization;

namespace FedHe.MLBridge.Policies;

/// <summary>A mask policy parser reads the text of a policy: terms joined by <c>|</c>.</summary>
/// <remarks>
/// A term is one of <c>all</c>, <c>first</c>, <c>last</c>, <c>biases</c>, <c>normalization</c>, <c>top(r)</c>,
/// <c>top-of-each-layer(r)</c>, <c>random(r, seed)</c>, <c>layers(name, ...)</c>, <c>cap(r, policy)</c> and
/// <c>paper</c>.
/// </remarks>
internal sealed class MaskPolicyParser(string text)
{
    // The length that a job's terms can hold; far more than any policy needs.
    private const int MaxLength = 4096;
    private const int MaxDepth = 16;
    private const string Separators = "|(),";

    private int _position;
    private int _depth;

    /// <summary>Returns whether a layer's name can be written in the text of a policy.</summary>
    public static bool IsName(string name)
        => name is { Length: > 0 } && name.Trim() == name && name.AsSpan().IndexOfAny(Separators) < 0;

    public MaskPolicy Parse()
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            throw new FormatException($"The text of a policy has at most {MaxLength} characters.");
        }

        MaskPolicy policy = ReadUnion();
        return _position == text.Length ? policy : throw Unexpected("the end, or '|' and another term");
    }

    private MaskPolicy ReadUnion()
    {
        if (++_depth > MaxDepth)
        {
            throw new FormatException($"A policy can be nested at most {MaxDepth} levels deep.");
        }

        MaskPolicy policy = ReadTerm();
        while (TryTake('|'))
        {
            policy |= ReadTerm();
        }

        _depth--;
        return policy;
    }

    private MaskPolicy ReadTerm()
    {
        string word = ReadWord();
        switch (word)
        {
            case "all":
                return MaskPolicy.All;
            case "first":
                return MaskPolicy.FirstLayer;
            case "last":
                return MaskPolicy.LastLayer;
            case "biases":
                return MaskPolicy.Biases;
            case "normalization":
                return MaskPolicy.Normalization;
            case "paper":
                return MaskPolicy.PaperRecipe;
        }

        Take('(');
        MaskPolicy policy = word switch
        {
            "top" => MaskPolicy.Top(ReadRatio()),
            "top-of-each-layer" => MaskPolicy.TopOfEachLayer(ReadRatio()),
            "random" => ReadRandom(),
            "layers" => MaskPolicy.Layers(ReadNames()),
            "cap" => ReadCapped(),
            _ => throw new FormatException($"'{word}' is not a term of a policy."),
        };
        Take(')');
        return policy;
    }

    private MaskPolicy ReadRandom()
    {
        double ratio = ReadRatio();
        Take(',');
        return ulong.TryParse(ReadWord(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
            ? MaskPolicy.Random(ratio, seed)
            : throw Unexpected("a seed, a whole number,");
    }

    private MaskPolicy ReadCapped()
    {
        double ratio = ReadRatio();
        Take(',');
        return ReadUnion().CappedTo(ratio);
    }

    private string[] ReadNames()
    {
        var names = new List<string>();
        do
        {
            string name = ReadWord();
            names.Add(IsName(name) ? name : throw Unexpected("a layer's name"));
        }
        while (TryTake(','));
        return [.. names];
    }

    private double ReadRatio()
    {
        bool isNumber = double.TryParse(ReadWord(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double ratio);
        return isNumber && ratio is > 0 and <= 1 ? ratio : throw Unexpected("a ratio above 0 and at most 1");
    }

    /// <summary>Reads the text up to the next separator.</summary>
    private string ReadWord()
    {
        int end = text.AsSpan(_position).IndexOfAny(Separators);
        end = end < 0 ? text.Length : _position + end;
        string word = text[_position..end].Trim();
        _position = end;
        return word;
    }

    private bool TryTake(char separator)
    {
        while (_position < text.Length && char.IsWhiteSpace(text[_position]))
        {
            _position++;
        }

        bool isNext = _position < text.Length && text[_position] == separator;
        _position += isNext ? 1 : 0;
        return isNext;
    }

    private void Take(char separator)
    {
        if (!TryTake(separator))
        {
            throw Unexpected($"'{separator}'");
        }
    }

    private FormatException Unexpected(string expected) => new($"The policy is wrong at character {_position + 1}: {expected} is expected there.");
}
