using System.Collections.Immutable;
using System.Text.Json;
using FedHe.Safetensors.Errors;

namespace FedHe.Safetensors.Headers;

/// <summary>
/// The header reader takes a header apart in one pass. What it allocates is bounded by the length of the text, which the caller has
/// already held to its limit.
/// </summary>
internal static class HeaderReader
{
    public const string MetadataName = "__metadata__";

    // Header, entry, list: nothing in the format lies deeper.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 3 };

    public static SafetensorsHeader Read(ReadOnlyMemory<byte> text, long dataLength, SafetensorsLimits limits)
    {
        if (text.Length > limits.MaxHeaderBytes)
        {
            throw Throw.HeaderTooLong(limits.MaxHeaderBytes);
        }

        ReadOnlySpan<byte> bytes = text.Span;
        if (bytes.IsEmpty || bytes[0] != '{')
        {
            throw Throw.NotJson();
        }

        var tensors = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        ImmutableSortedDictionary<string, string>? metadata = null;
        try
        {
            var reader = new Utf8JsonReader(bytes, Options);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                if (name == MetadataName)
                {
                    metadata = metadata is null ? ReadMetadata(ref reader, limits) : throw Throw.DuplicateName(name);
                }
                else if (!tensors.TryAdd(name, ReadEntry(ref reader, name, limits)))
                {
                    throw Throw.DuplicateName(name);
                }
                else if (tensors.Count > limits.MaxTensors)
                {
                    throw Throw.TooManyTensors(limits.MaxTensors);
                }
            }

            // Only spaces may follow.
            while (reader.Read())
            {
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second is what the framework says of bytes and escapes that are no characters.
            throw Throw.NotJson(fault);
        }

        ImmutableArray<SafetensorsEntry> sorted = [.. tensors.Values.OrderBy(one => one.Begin).ThenBy(one => one.Length)];
        CheckContiguous(sorted, dataLength);
        return new SafetensorsHeader(sorted, metadata ?? ImmutableSortedDictionary<string, string>.Empty, text);
    }

    private static void CheckContiguous(ImmutableArray<SafetensorsEntry> sorted, long dataLength)
    {
        long end = 0;
        foreach (SafetensorsEntry entry in sorted)
        {
            if (entry.Begin != end)
            {
                throw Throw.NotContiguous(entry.Name);
            }

            end += entry.Length;
            if (end > dataLength)
            {
                throw Throw.Truncated();
            }
        }

        if (end < dataLength)
        {
            throw Throw.TrailingBytes();
        }
    }

    private static ImmutableSortedDictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, SafetensorsLimits limits)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Throw.WrongField(MetadataName);
        }

        ImmutableSortedDictionary<string, string>.Builder found = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            {
                throw Throw.WrongField(MetadataName);
            }

            if (found.ContainsKey(key))
            {
                throw Throw.DuplicateName(key);
            }

            if (found.Count == limits.MaxMetadata)
            {
                throw Throw.TooMuchMetadata(limits.MaxMetadata);
            }

            found.Add(key, reader.GetString()!);
        }

        return found.ToImmutable();
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name, SafetensorsLimits limits)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Throw.WrongField(name);
        }

        SafetensorsDtype? dtype = null;
        ImmutableArray<long> shape = default;
        ImmutableArray<long> offsets = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8) && dtype is null)
            {
                dtype = ReadDtype(ref reader, name);
            }
            else if (reader.ValueTextEquals("shape"u8) && shape.IsDefault)
            {
                shape = ReadNumbers(ref reader, name, limits.MaxRank);
            }
            else if (reader.ValueTextEquals("data_offsets"u8) && offsets.IsDefault)
            {
                offsets = ReadNumbers(ref reader, name, limits.MaxRank);
            }
            else
            {
                throw Throw.WrongField(name);
            }
        }

        if (dtype is null || shape.IsDefault || offsets.IsDefault || offsets.Length != 2)
        {
            throw Throw.WrongField(name);
        }

        long? length;
        try
        {
            length = SafetensorsEntry.LengthOf(dtype.Value, shape.AsSpan());
        }
        catch (OverflowException)
        {
            throw Throw.Overflow(name);
        }

        return offsets[1] >= offsets[0] && length == offsets[1] - offsets[0]
            ? new SafetensorsEntry(name, dtype.Value, shape, offsets[0], length.Value)
            : throw Throw.WrongLength(name);
    }

    private static SafetensorsDtype ReadDtype(ref Utf8JsonReader reader, string name)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
        {
            throw Throw.WrongField(name);
        }

        string text = reader.GetString()!;
        return SafetensorsDtypes.TryParse(text, out SafetensorsDtype dtype) ? dtype : throw Throw.UnknownDtype(name, text);
    }

    private static ImmutableArray<long> ReadNumbers(ref Utf8JsonReader reader, string name, int limit)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            throw Throw.WrongField(name);
        }

        ImmutableArray<long>.Builder numbers = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number)
            {
                throw Throw.WrongField(name);
            }

            // Numbers above 63 bits and numbers with a fraction are none that a file of this world has.
            if (!reader.TryGetInt64(out long number) || number < 0)
            {
                throw Throw.Overflow(name);
            }

            if (numbers.Count == limit)
            {
                throw Throw.TooManyDimensions(name, limit);
            }

            numbers.Add(number);
        }

        return numbers.ToImmutable();
    }
}
