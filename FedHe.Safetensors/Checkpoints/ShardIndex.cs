using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Headers;

namespace FedHe.Safetensors.Checkpoints;

/// <summary>A shard index says in which file of a folder each tensor of a model lies.</summary>
/// <remarks>Its file names are plain ones: an index leads to no file outside of its folder.</remarks>
internal sealed class ShardIndex
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    private ShardIndex(ReadOnlyMemory<byte> text, Dictionary<string, string> files)
    {
        Text = text;
        Files = files;
        Shards = [.. files.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>The bytes of the index.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>The file of every tensor.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>The names of the files, sorted.</summary>
    public ImmutableArray<string> Shards { get; }

    public static ShardIndex Open(string path, SafetensorsLimits limits)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (file.Length > limits.MaxHeaderBytes)
        {
            throw Throw.IndexTooLong(limits.MaxHeaderBytes);
        }

        byte[] text = new byte[(int)file.Length];
        file.ReadExactly(text);
        return Read(text, limits);
    }

    public static ShardIndex Read(ReadOnlyMemory<byte> text, SafetensorsLimits limits)
    {
        if (!Utf8.IsValid(text.Span))
        {
            throw Throw.IndexNotJson();
        }

        Dictionary<string, string>? files = null;
        try
        {
            var reader = new Utf8JsonReader(text.Span, Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw Throw.IndexNotJson();
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.ValueTextEquals("weight_map"u8))
                {
                    reader.Skip();
                }
                else if (files is not null)
                {
                    throw Throw.DuplicateName("weight_map");
                }
                else
                {
                    files = ReadMap(ref reader, limits);
                }
            }

            while (reader.Read())
            {
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw Throw.IndexNotJson(fault);
        }

        return files is { Count: > 0 } ? new ShardIndex(text, files) : throw Throw.IndexNotJson();
    }

    private static Dictionary<string, string> ReadMap(ref Utf8JsonReader reader, SafetensorsLimits limits)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw Throw.IndexNotJson();
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string tensor = reader.GetString()!;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            {
                throw Throw.IndexNotJson();
            }

            string shard = reader.GetString()!;
            if (!IsPlain(shard))
            {
                throw Throw.UnsafeFileName(tensor);
            }

            // One string a shard, however many tensors name it.
            if (!shards.TryGetValue(shard, out string? known))
            {
                shards[shard] = known = shard;
            }

            if (!files.TryAdd(tensor, known))
            {
                throw Throw.DuplicateName(tensor);
            }

            if (files.Count > limits.MaxTensors || shards.Count > limits.MaxShards)
            {
                throw Throw.TooManyTensors(limits.MaxTensors);
            }
        }

        return files;
    }

    /// <summary>Tells whether a name can only mean a file beside the index, whatever operating system reads the index.</summary>
    private static bool IsPlain(string name)
        => name.Length is > 0 and <= 255
            && name.EndsWith(".safetensors", StringComparison.Ordinal)
            && name[0] != '.'
            && !name.Any(one => char.IsControl(one) || one is '/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|');
}
