using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// A segment reader parses one segment with its frame and checks everything that does not depend on other segments. It
/// is thread-safe.
/// </summary>
/// <param name="vectors">Parses the vectors.</param>
/// <param name="plan">The division of the values into segments.</param>
/// <param name="maxBytes">The largest encoded length of a segment's vector, in bytes.</param>
/// <param name="oneBound">
/// Whether all segments must have the same bound, so that their sums either all fit or all fail.
/// </param>
/// <param name="check">Checks the further conditions on a vector.</param>
internal sealed class SegmentReader(
    IVectorReader vectors, SegmentPlan plan, int maxBytes, bool oneBound, Func<EncryptedVector, FormatError> check)
{
    public SegmentPlan Plan => plan;

    public int MaxBytes => maxBytes;

    /// <summary>Returns whether a segment's key and, where required, bound equal the first segment's.</summary>
    public bool Match(EncryptedVector vector, KeyId keyId, VectorBound bound)
        => vector.KeyId == keyId && (!oneBound || vector.Bound == bound);

    /// <summary>Checks a segment thoroughly, and keeps none of its values: the vector is one that was disposed.</summary>
    public EncryptedVector? TryCheck(int index, ReadOnlyMemory<byte> bytes, out FormatError reason)
        => TryParse(index, bytes, TryCheck, out reason);

    /// <summary>
    /// Reads a segment that was checked before. The caller disposes its vector, which may read the bytes until then.
    /// </summary>
    public EncryptedVector? TryRead(int index, ReadOnlyMemory<byte> bytes, out FormatError reason)
        => TryParse(index, bytes, vectors.TryReadChecked, out reason);

    private delegate bool VectorParser(
        ReadOnlyMemory<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason);

    private bool TryCheck(
        ReadOnlyMemory<byte> source, WireLimits limits, [NotNullWhen(true)] out EncryptedVector? vector, out FormatError reason)
        => vectors.TryCheck(source.Span, limits, out vector, out reason);

    private EncryptedVector? TryParse(int index, ReadOnlyMemory<byte> bytes, VectorParser parse, out FormatError reason)
    {
        var reader = new WireReader(bytes.Span);
        reader.Require(reader.ReadInt32(0, int.MaxValue) == index, FormatError.Inconsistent);
        if (reader.Failed)
        {
            reason = reader.Error;
            return null;
        }

        int length = plan.LengthOf(index);
        var limits = new WireLimits(length, maxBytes);
        if (!parse(bytes[^reader.Remaining..], limits, out EncryptedVector? vector, out reason))
        {
            return null;
        }

        reason = Check(vector, index, length);
        if (reason == FormatError.None)
        {
            return vector;
        }

        vector.Dispose();
        return null;
    }

    private FormatError Check(EncryptedVector vector, int index, int length)
    {
        // Ciphertexts that have an order stand where the plan puts them, or their sum would not open.
        bool isInPlace = vector.FirstCiphertext is not int first || first == (long)index * SegmentPlan.CiphertextsPerSegment;
        if (vector.Length != length || !isInPlace)
        {
            return FormatError.Inconsistent;
        }

        // The first vector of a sum fixes its depth; a vector that has spent depth would make the sum refuse all
        // others.
        return vector.SpentDepth != 0 ? FormatError.FieldOutOfRange : check(vector);
    }
}
