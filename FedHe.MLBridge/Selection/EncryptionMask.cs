using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Selection;

/// <summary>
/// An encryption mask selects the values of the flat vector that are encrypted; the others travel in clear. It is
/// public, agreed upon by all parties and immutable.
/// </summary>
/// <remarks>
/// Two masks are the same exactly when their digests are. A mask takes memory by the number of its runs, or a bit for each value where that is less. Source: FedML-HE, section 2.4, the encryption mask M and the
/// selection ratio p.
/// </remarks>
public sealed class EncryptionMask
{
    /// <summary>
    /// The number of values that are processed at a time, chosen so that they stay in the first-level cache between
    /// passes and fill whole words of the mask.
    /// </summary>
    internal const int BlockLength = 1 << 11;

    /// <summary>The number of words in a block of the mask.</summary>
    internal const int WordsInBlock = BlockLength / PositionSet.BitsPerWord;

    private readonly PositionSet _encrypted;

    internal EncryptionMask(ModelLayout layout, IEnumerable<MaskRange> runs)
        : this(layout, SetOf(layout.ParameterCount, runs))
    {
    }

    /// <summary>Creates a mask from a set of positions, which must not change afterwards.</summary>
    internal EncryptionMask(ModelLayout layout, PositionSet encrypted)
    {
        LayoutDigest = layout.Digest;
        ParameterCount = layout.ParameterCount;
        EncryptedCount = encrypted.Count;
        _encrypted = IsAll ? PositionSet.All(ParameterCount) : encrypted;
        Digest = Digest.Of(WriteTo);
    }

    /// <summary>The digest of the layout that the mask is for.</summary>
    public Digest LayoutDigest { get; }

    /// <summary>The identity of the mask, which covers its layout.</summary>
    public Digest Digest { get; }

    /// <summary>The length of the flat vector.</summary>
    public long ParameterCount { get; }

    /// <summary>The number of values that are encrypted.</summary>
    public long EncryptedCount { get; }

    /// <summary>The number of values that travel in clear.</summary>
    public long ClearCount => ParameterCount - EncryptedCount;

    /// <summary>The selection ratio: the encrypted fraction of all values, from 0 to 1.</summary>
    public double Ratio => (double)EncryptedCount / ParameterCount;

    /// <summary>Whether every value is encrypted.</summary>
    public bool IsAll => ClearCount == 0;

    /// <summary>
    /// Returns the length of the flat vector as the length of an array, for code that holds something for each value at once.
    /// </summary>
    /// <exception cref="TooLongForMemoryException">An array cannot be as long.</exception>
    public int ToArrayLength() => ParameterCount <= Array.MaxLength ? (int)ParameterCount : throw Throw.ModelTooLong(ParameterCount);

    /// <summary>Creates a mask that encrypts every value.</summary>
    public static EncryptionMask All(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new EncryptionMask(layout, PositionSet.All(layout.ParameterCount));
    }

    /// <summary>
    /// Creates a mask that encrypts nothing, so that every update travels in clear; for comparisons only.
    /// </summary>
    public static EncryptionMask InsecureNone(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new EncryptionMask(layout, []);
    }

    /// <summary>Creates a mask that encrypts whole tensors or layers and leaves the others in clear.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="names">
    /// The exact names of tensors or layers; a layer's name is its tensors' name up to the last dot.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The layout has no tensor or layer of a name, or no floating tensor is selected.
    /// </exception>
    public static EncryptionMask Layers(ModelLayout layout, params ReadOnlySpan<string> names)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var selected = new PositionSet(layout.ParameterCount);
        AddLayers(selected, layout, names, nameof(names));
        var mask = new EncryptionMask(layout, selected);
        return mask.EncryptedCount > 0 ? mask : throw Throw.NothingSelected(nameof(names));
    }

    /// <summary>Copies the values to be encrypted, in order.</summary>
    /// <param name="flat">The flat vector, with <see cref="ParameterCount"/> values.</param>
    /// <param name="destination">Receives <see cref="EncryptedCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void GatherEncrypted<T>(ReadOnlySpan<T> flat, Span<T> destination)
    {
        CheckLengths(flat.Length, destination.Length, EncryptedCount);
        new MaskCursor(_encrypted, isMember: true).Gather(flat, destination);
    }

    /// <summary>Copies the values that travel in clear, in order.</summary>
    /// <param name="flat">The flat vector, with <see cref="ParameterCount"/> values.</param>
    /// <param name="destination">Receives <see cref="ClearCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void GatherClear<T>(ReadOnlySpan<T> flat, Span<T> destination)
    {
        CheckLengths(flat.Length, destination.Length, ClearCount);
        new MaskCursor(_encrypted, isMember: false).Gather(flat, destination);
    }

    /// <summary>
    /// Copies encrypted values to the positions that <see cref="GatherEncrypted"/> took them from, and leaves other
    /// positions unchanged.
    /// </summary>
    /// <param name="values">The encrypted values, <see cref="EncryptedCount"/> in number.</param>
    /// <param name="flat">The flat vector, with <see cref="ParameterCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void ScatterEncrypted<T>(ReadOnlySpan<T> values, Span<T> flat)
    {
        CheckLengths(flat.Length, values.Length, EncryptedCount);
        new MaskCursor(_encrypted, isMember: true).Scatter(values, flat);
    }

    /// <summary>
    /// Copies values in clear to the positions that <see cref="GatherClear"/> took them from, and leaves other
    /// positions unchanged.
    /// </summary>
    /// <param name="values">The values in clear, <see cref="ClearCount"/> in number.</param>
    /// <param name="flat">The flat vector, with <see cref="ParameterCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    public void ScatterClear<T>(ReadOnlySpan<T> values, Span<T> flat)
    {
        CheckLengths(flat.Length, values.Length, ClearCount);
        new MaskCursor(_encrypted, isMember: false).Scatter(values, flat);
    }

    /// <summary>Writes the canonical bytes of the mask: run lengths or a bitmap, whichever is shorter.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
        => MaskFormat.Write(LayoutDigest, _encrypted, destination);

    /// <summary>Tries to parse exactly one mask for a known layout from untrusted bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="layout">The layout that the mask must be for.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="reason">The reason why the bytes were refused.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, ModelLayout layout, [NotNullWhen(true)] out EncryptionMask? mask, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(layout);
        mask = MaskFormat.TryRead(source, layout, out PositionSet? encrypted, out reason)
            ? new EncryptionMask(layout, encrypted)
            : null;
        return mask is not null;
    }

    /// <summary>Returns the mask of the same positions of another layout, under which all values beyond this one's are encrypted too.</summary>
    internal EncryptionMask Over(ModelLayout layout)
        => new(layout, [.. _encrypted.Runs(), new MaskRange(ParameterCount, layout.ParameterCount - ParameterCount)]);

    /// <summary>Tells whether the value at a position is encrypted.</summary>
    internal bool IsEncrypted(long position) => _encrypted.Contains(position);

    /// <summary>Returns a cursor over the positions of the encrypted values.</summary>
    internal MaskCursor Cursor() => new(_encrypted, isMember: true);

    /// <summary>Counts the encrypted values in a range of the flat vector.</summary>
    internal long CountEncrypted(MaskRange range) => _encrypted.CountIn(range);

    /// <summary>Returns the encrypted values in a range of the flat vector as runs.</summary>
    internal IEnumerable<MaskRange> RunsIn(MaskRange range) => _encrypted.RunsIn(range);

    /// <summary>Returns the end of the run of values from a position on that are encrypted like the one there.</summary>
    internal long EndOfRun(long position) => _encrypted.Next(position, ParameterCount, !_encrypted.Contains(position));

    /// <summary>Returns the bits of the values of a block, which begins at a multiple of 64, set where a value is encrypted.</summary>
    /// <param name="block">The block, of at most <see cref="BlockLength"/> values.</param>
    /// <param name="scratch">Receives the bits where they lie nowhere: <see cref="WordsInBlock"/> words.</param>
    internal ReadOnlySpan<ulong> WordsOf(MaskRange block, Span<ulong> scratch) => _encrypted.WordsOf(block, scratch);

    /// <summary>Adds the positions of whole tensors or layers to a set.</summary>
    /// <param name="selected">The set to add to.</param>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="names">The exact names of tensors or layers.</param>
    /// <param name="parameter">The name of the parameter that an exception refers to.</param>
    /// <exception cref="ArgumentException">The layout has no tensor or layer of a name.</exception>
    internal static void AddLayers(PositionSet selected, ModelLayout layout, ReadOnlySpan<string> names, string parameter)
    {
        foreach (string name in names)
        {
            foreach (int i in layout.IndexesOf(name, parameter).Where(i => layout.Tensors[i].IsAggregated))
            {
                selected.Add(new MaskRange(layout.OffsetOf(i), layout.Tensors[i].ElementCount));
            }
        }
    }

    private static PositionSet SetOf(long length, IEnumerable<MaskRange> runs)
    {
        var set = new PositionSet(length);
        foreach (MaskRange run in runs)
        {
            set.Add(run);
        }

        return set;
    }

    private void CheckLengths(int flatLength, int partLength, long expectedPart)
    {
        if (flatLength != ParameterCount)
        {
            throw Throw.WrongFlatLength(ParameterCount, "flat");
        }

        if (partLength != expectedPart)
        {
            throw Throw.WrongPartLength(expectedPart);
        }
    }
}
