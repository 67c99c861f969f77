using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using FedHe.Safetensors.Errors;

namespace FedHe.Safetensors.Headers;

/// <summary>The header writer lays the tensors of a new file out and writes their header.</summary>
internal static class HeaderWriter
{
    private const int Alignment = 8;

    // As other writers do: characters of all languages stand for themselves.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static SafetensorsHeader Create(
        IEnumerable<(string Name, SafetensorsDtype Dtype, ImmutableArray<long> Shape)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ImmutableArray<SafetensorsEntry>.Builder entries = ImmutableArray.CreateBuilder<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        long begin = 0;
        foreach ((string name, SafetensorsDtype dtype, ImmutableArray<long> shape) in tensors
            .OrderByDescending(one => one.Dtype).ThenBy(one => one.Name, StringComparer.Ordinal))
        {
            if (name == HeaderReader.MetadataName || !names.Add(name))
            {
                throw Throw.DuplicateName(name);
            }

            long length = LengthOf(name, dtype, shape);
            entries.Add(new SafetensorsEntry(name, dtype, shape, begin, length));
            begin = AddChecked(name, begin, length);
        }

        ImmutableArray<SafetensorsEntry> laidOut = entries.ToImmutable();
        ImmutableSortedDictionary<string, string> sorted = (metadata ?? ImmutableDictionary<string, string>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal);
        return new SafetensorsHeader(laidOut, sorted, Write(laidOut, sorted));
    }

    private static byte[] Write(ImmutableArray<SafetensorsEntry> tensors, ImmutableSortedDictionary<string, string> metadata)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, Options))
        {
            writer.WriteStartObject();
            if (!metadata.IsEmpty)
            {
                writer.WriteStartObject(HeaderReader.MetadataName);
                foreach ((string key, string value) in metadata)
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }

            foreach (SafetensorsEntry tensor in tensors)
            {
                Write(writer, tensor);
            }

            writer.WriteEndObject();
        }

        int padding = (Alignment - (text.WrittenCount % Alignment)) % Alignment;
        return [.. text.WrittenSpan, .. Enumerable.Repeat((byte)' ', padding)];
    }

    private static void Write(Utf8JsonWriter writer, SafetensorsEntry tensor)
    {
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype"u8, tensor.Dtype.FormatName());
        writer.WriteStartArray("shape"u8);
        foreach (long length in tensor.Shape)
        {
            writer.WriteNumberValue(length);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets"u8);
        writer.WriteNumberValue(tensor.Begin);
        writer.WriteNumberValue(tensor.Begin + tensor.Length);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static long LengthOf(string name, SafetensorsDtype dtype, ImmutableArray<long> shape)
    {
        try
        {
            return shape.Any(length => length < 0) ? throw Throw.Overflow(name) : SafetensorsEntry.LengthOf(dtype, shape.AsSpan()) ?? throw Throw.WrongLength(name);
        }
        catch (OverflowException)
        {
            throw Throw.Overflow(name);
        }
    }

    private static long AddChecked(string name, long begin, long length)
        => begin <= long.MaxValue - length ? begin + length : throw Throw.Overflow(name);
}
