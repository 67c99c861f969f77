using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Safetensors.Errors;

namespace FedHe.Safetensors.Headers;

/// <summary>
/// A header lists the tensors of a safetensors file in the order of their data, which has no holes and no overlaps, and the
/// file's metadata.
/// </summary>
/// <remarks>
/// The format is: 8 bytes with the length of the JSON text as a little-endian number, the text, padded with spaces such that the
/// data begins at a multiple of 8 bytes, and the data. Files whose header is not padded are read too.
/// </remarks>
public sealed class SafetensorsHeader
{
    /// <summary>The length of the number that says how long the text of a header is, in bytes.</summary>
    public const int PrefixBytes = sizeof(long);

    private readonly FrozenDictionary<string, SafetensorsEntry> _byName;

    internal SafetensorsHeader(ImmutableArray<SafetensorsEntry> tensors, ImmutableSortedDictionary<string, string> metadata, ReadOnlyMemory<byte> text)
    {
        Tensors = tensors;
        Metadata = metadata;
        Text = text;
        _byName = tensors.ToFrozenDictionary(one => one.Name, StringComparer.Ordinal);
    }

    /// <summary>The tensors, in the order of their data.</summary>
    public ImmutableArray<SafetensorsEntry> Tensors { get; }

    /// <summary>The metadata of the file, <c>__metadata__</c>: names and strings, or empty.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>The length of the data that follows the header, in bytes.</summary>
    public long DataLength => Tensors.IsEmpty ? 0 : Tensors[^1].Begin + Tensors[^1].Length;

    /// <summary>The JSON text of the header with its padding, as it stands in the file.</summary>
    internal ReadOnlyMemory<byte> Text { get; }

    /// <summary>Finds the entry of a tensor.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out SafetensorsEntry? entry) => _byName.TryGetValue(name, out entry);

    /// <summary>Reads a header from the bytes of its JSON text.</summary>
    /// <param name="text">The text, which begins with a brace and may end with spaces.</param>
    /// <param name="dataLength">The number of bytes that follow the header.</param>
    /// <param name="limits">The limits; null for the default ones.</param>
    /// <exception cref="SafetensorsException">The header is refused; nothing of the data was looked at.</exception>
    public static SafetensorsHeader Read(ReadOnlyMemory<byte> text, long dataLength, SafetensorsLimits? limits = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dataLength);
        return HeaderReader.Read(text, dataLength, limits ?? SafetensorsLimits.Default);
    }

    /// <summary>Creates the header of a new file.</summary>
    /// <param name="tensors">The names, element types and shapes of the tensors, in any order.</param>
    /// <param name="metadata">The metadata; null for none.</param>
    /// <returns>A header in which wider types come first and tensors of one type are sorted by name, as the reference writes them.</returns>
    /// <exception cref="SafetensorsException">A name appears twice or is reserved, or a shape is impossible.</exception>
    public static SafetensorsHeader Create(
        IEnumerable<(string Name, SafetensorsDtype Dtype, ImmutableArray<long> Shape)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        return HeaderWriter.Create(tensors, metadata);
    }
}
