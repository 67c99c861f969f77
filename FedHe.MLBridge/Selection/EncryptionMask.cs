using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto;

namespace FedHe.MLBridge;

/// <summary>
/// Which values of the flat vector are encrypted; the others travel in clear. Public and agreed upon by all parties.
/// Immutable; two masks are the same exactly when their digests are.
/// </summary>
/// <remarks>Source: FedML-HE, section 2.4, the encryption mask M and the selection ratio p.</remarks>
public sealed class EncryptionMask
{
    private readonly MaskRange[] _encrypted;
    private readonly MaskRange[] _clear;

    internal EncryptionMask(ModelLayout layout, IEnumerable<MaskRange> sortedDisjoint)
    {
        LayoutDigest = layout.Digest;
        ParameterCount = layout.ParameterCount;
        _encrypted = MaskRanges.Join(sortedDisjoint);
        _clear = MaskRanges.Complement(_encrypted, ParameterCount);
        EncryptedCount = MaskRanges.Count(_encrypted);
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
        var selected = new bool[layout.Tensors.Length];
        foreach (string name in names)
        {
            bool known = false;
            for (int i = 0; i < selected.Length; i++)
            {
                if (layout.Tensors[i].Name == name || layout.Tensors[i].Layer == name)
                {
                    selected[i] = known = true;
                }
            }

            if (!known)
            {
                throw Throw.UnknownLayer(name, nameof(names));
            }
        }

        IEnumerable<MaskRange> ranges = Enumerable.Range(0, selected.Length)
            .Where(i => selected[i] && layout.Tensors[i].IsAggregated)
            .Select(i => new MaskRange(layout.OffsetOf(i), layout.Tensors[i].ElementCount));
        var mask = new EncryptionMask(layout, ranges);
        return mask.EncryptedCount > 0 ? mask : throw Throw.NothingSelected(nameof(names));
    }

    /// <summary>Copies the values to be encrypted, in order.</summary>
    /// <param name="flat">The flat vector: <see cref="ParameterCount"/> values.</param>
    /// <param name="destination">Receives <see cref="EncryptedCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void GatherEncrypted<T>(ReadOnlySpan<T> flat, Span<T> destination)
    {
        CheckLengths(flat.Length, destination.Length, EncryptedCount);
        MaskRanges.Gather(_encrypted, flat, destination);
    }

    /// <summary>Copies the values that travel in clear, in order.</summary>
    /// <param name="flat">The flat vector: <see cref="ParameterCount"/> values.</param>
    /// <param name="destination">Receives <see cref="ClearCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void GatherClear<T>(ReadOnlySpan<T> flat, Span<T> destination)
    {
        CheckLengths(flat.Length, destination.Length, ClearCount);
        MaskRanges.Gather(_clear, flat, destination);
    }

    /// <summary>Puts encrypted values back where <see cref="GatherEncrypted"/> took them; other positions stay.</summary>
    /// <param name="values">The <see cref="EncryptedCount"/> values.</param>
    /// <param name="flat">The flat vector: <see cref="ParameterCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void ScatterEncrypted<T>(ReadOnlySpan<T> values, Span<T> flat)
    {
        CheckLengths(flat.Length, values.Length, EncryptedCount);
        MaskRanges.Scatter(_encrypted, values, flat);
    }

    /// <summary>Puts clear values back where <see cref="GatherClear"/> took them; other positions stay.</summary>
    /// <param name="values">The <see cref="ClearCount"/> values.</param>
    /// <param name="flat">The flat vector: <see cref="ParameterCount"/> values.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void ScatterClear<T>(ReadOnlySpan<T> values, Span<T> flat)
    {
        CheckLengths(flat.Length, values.Length, ClearCount);
        MaskRanges.Scatter(_clear, values, flat);
    }

    /// <summary>Writes the canonical bytes: runs or a bitmap, whichever is smaller.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
        => MaskFormat.Write(LayoutDigest, ParameterCount, _encrypted, destination);

    /// <summary>Parses exactly one mask for a known layout from untrusted bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="layout">The layout the mask must be for.</param>
    /// <param name="mask">The mask.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> source, ModelLayout layout, [NotNullWhen(true)] out EncryptionMask? mask, out FormatError reason)
    {
        ArgumentNullException.ThrowIfNull(layout);
        mask = MaskFormat.TryRead(source, layout, out MaskRange[] ranges, out reason) ? new EncryptionMask(layout, ranges) : null;
        return mask is not null;
    }

    /// <summary>The encrypted runs, ascending.</summary>
    internal MaskRange[] EncryptedRanges => _encrypted;

    /// <summary>The runs in clear, ascending.</summary>
    internal MaskRange[] ClearRanges => _clear;

    /// <summary>Whether any value of a run of the flat vector is encrypted.</summary>
    internal bool EncryptsAny(MaskRange range) => MaskRanges.Meet(_encrypted, range);

    /// <summary>Whether any value of a run of the flat vector travels in clear.</summary>
    internal bool LeavesAny(MaskRange range) => MaskRanges.Meet(_clear, range);

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
