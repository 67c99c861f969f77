using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Selection;

/// <summary>
/// Which values of the flat vector are encrypted; the others travel in clear. Public and agreed upon by all parties.
/// Immutable; two masks are the same exactly when their digests are.
/// </summary>
/// <remarks>Source: FedML-HE, section 2.4, the encryption mask M and the selection ratio p.</remarks>
public sealed class EncryptionMask
{
    /// <summary>
    /// Values that are handled at a time: as many as passes over them find in the first-level cache, in whole words of the
    /// mask.
    /// </summary>
    internal const int BlockLength = 1 << 11;

    private readonly PositionSet _encrypted;

    internal EncryptionMask(ModelLayout layout, IEnumerable<MaskRange> runs)
        : this(layout, SetOf(layout.ParameterCount, runs))
    {
    }

    /// <summary>Takes over a set, which nobody changes any more.</summary>
    internal EncryptionMask(ModelLayout layout, PositionSet encrypted)
    {
        LayoutDigest = layout.Digest;
        ParameterCount = layout.ParameterCount;
        _encrypted = encrypted;
        EncryptedCount = encrypted.Count;
        Digest = Digest.Of(WriteTo);
    }

    /// <summary>The layout the mask is for.</summary>
    public Digest LayoutDigest { get; }

    /// <summary>Identity of the mask, its layout included.</summary>
    public Digest Digest { get; }

    /// <summary>Length of the flat vector.</summary>
    public int ParameterCount { get; }

    /// <summary>Number of values that are encrypted.</summary>
    public int EncryptedCount { get; }

    /// <summary>Number of values that travel in clear.</summary>
    public int ClearCount => ParameterCount - EncryptedCount;

    /// <summary>The selection ratio: the encrypted part of all values, 0 to 1.</summary>
    public double Ratio => (double)EncryptedCount / ParameterCount;

    /// <summary>Whether every value is encrypted.</summary>
    public bool IsAll => ClearCount == 0;

    /// <summary>Encrypts every value.</summary>
    public static EncryptionMask All(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new EncryptionMask(layout, [new MaskRange(0, layout.ParameterCount)]);
    }

    /// <summary>Encrypts nothing: every update travels in clear. For comparisons only.</summary>
    public static EncryptionMask InsecureNone(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return new EncryptionMask(layout, []);
    }

    /// <summary>Encrypts whole tensors or layers and leaves the others in clear.</summary>
    /// <param name="layout">The model.</param>
    /// <param name="names">Exact names of tensors, or of layers (a tensor's name up to its last dot).</param>
    /// <exception cref="ArgumentException">A name is neither, or no floating tensor is selected.</exception>
    public static EncryptionMask Layers(ModelLayout layout, params ReadOnlySpan<string> names)
    {
        ArgumentNullException.ThrowIfNull(layout);
        var selected = new PositionSet(layout.ParameterCount);
        AddLayers(selected, layout, names, nameof(names));
        var mask = new EncryptionMask(layout, selected);
        return mask.EncryptedCount > 0 ? mask : throw Throw.NothingSelected(nameof(names));
    }

    /// <summary>Copies the values to be encrypted, in order.</summary>
    /// <param name="flat">The flat vector: <see cref="ParameterCount"/> values.</param>
    /// <param name="destination">Receives <see cref="EncryptedCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void GatherEncrypted<T>(ReadOnlySpan<T> flat, Span<T> destination)
    {
        CheckLengths(flat.Length, destination.Length, EncryptedCount);
        new MaskCursor(_encrypted, isMember: true).Gather(flat, destination);
    }

    /// <summary>Copies the values that travel in clear, in order.</summary>
    /// <param name="flat">The flat vector: <see cref="ParameterCount"/> values.</param>
    /// <param name="destination">Receives <see cref="ClearCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void GatherClear<T>(ReadOnlySpan<T> flat, Span<T> destination)
    {
        CheckLengths(flat.Length, destination.Length, ClearCount);
        new MaskCursor(_encrypted, isMember: false).Gather(flat, destination);
    }

    /// <summary>Puts encrypted values back where <see cref="GatherEncrypted"/> took them; other positions stay.</summary>
    /// <param name="values">The <see cref="EncryptedCount"/> values.</param>
    /// <param name="flat">The flat vector: <see cref="ParameterCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void ScatterEncrypted<T>(ReadOnlySpan<T> values, Span<T> flat)
    {
        CheckLengths(flat.Length, values.Length, EncryptedCount);
        new MaskCursor(_encrypted, isMember: true).Scatter(values, flat);
    }

    /// <summary>Puts clear values back where <see cref="GatherClear"/> took them; other positions stay.</summary>
    /// <param name="values">The <see cref="ClearCount"/> values.</param>
    /// <param name="flat">The flat vector: <see cref="ParameterCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void ScatterClear<T>(ReadOnlySpan<T> values, Span<T> flat)
    {
        CheckLengths(flat.Length, values.Length, ClearCount);
        new MaskCursor(_encrypted, isMember: false).Scatter(values, flat);
    }

    /// <summary>Writes the canonical bytes: lengths of runs or a bitmap, whichever is smaller.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
        => MaskFormat.Write(LayoutDigest, _encrypted, destination);

    /// <summary>Parses exactly one mask for a known layout from untrusted bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="layout">The layout the mask must be for.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, ModelLayout layout, [NotNullWhen(true)] out EncryptionMask? mask, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(layout);
        mask = MaskFormat.TryRead(source, layout, out PositionSet? encrypted, out reason)
            ? new EncryptionMask(layout, encrypted)
            : null;
        return mask is not null;
    }

    /// <summary>How many values of a run of the flat vector are encrypted.</summary>
    internal int CountEncrypted(MaskRange range) => _encrypted.CountIn(range);

    /// <summary>A bit for each value from the first one of a block on, set where it is encrypted.</summary>
    internal ReadOnlySpan<ulong> WordsFrom(int start) => _encrypted.WordsFrom(start);

    /// <summary>Adds whole tensors or layers to a set.</summary>
    /// <param name="selected">The set.</param>
    /// <param name="layout">The model.</param>
    /// <param name="names">Exact names of tensors or layers.</param>
    /// <param name="parameter">The parameter that a name the layout lacks is blamed on.</param>
    /// <exception cref="ArgumentException">The layout lacks a name.</exception>
    internal static void AddLayers(PositionSet selected, ModelLayout layout, ReadOnlySpan<string> names, string parameter)
    {
        foreach (string name in names)
        {
            bool isKnown = false;
            for (int i = 0; i < layout.Tensors.Length; i++)
            {
                TensorSpec tensor = layout.Tensors[i];
                if (tensor.Name == name || tensor.Layer == name)
                {
                    isKnown = true;
                    if (tensor.IsAggregated)
                    {
                        selected.Add(new MaskRange(layout.OffsetOf(i), tensor.ElementCount));
                    }
                }
            }

            if (!isKnown)
            {
                throw Throw.UnknownLayer(name, parameter);
            }
        }
    }

    private static PositionSet SetOf(int length, IEnumerable<MaskRange> runs)
    {
        var set = new PositionSet(length);
        foreach (MaskRange run in runs)
        {
            set.Add(run);
        }

        return set;
    }

    private void CheckLengths(int flatLength, int partLength, int expectedPart)
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
