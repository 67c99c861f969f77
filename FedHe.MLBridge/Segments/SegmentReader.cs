using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge.Segments;

/// <summary>Parses one segment with its frame and checks everything about it but its neighbours. Thread-safe.</summary>
/// <param name="vectors">Reads vectors.</param>
/// <param name="plan">How the values are cut.</param>
/// <param name="maxBytes">Largest encoded length of a segment's vector.</param>
/// <param name="oneBound">Whether all segments have the same bound, so that their sums fit or do not fit together.</param>
/// <param name="check">What else the vector must be.</param>
internal sealed class SegmentReader(
    IVectorReader vectors, SegmentPlan plan, int maxBytes, bool oneBound, Func<EncryptedVector, FormatError> check)
{
    public SegmentPlan Plan => plan;

    public int MaxBytes => maxBytes;

    /// <summary>Whether a segment can be part of the same whole as the first one.</summary>
    public bool Match(EncryptedVector vector, KeyId keyId, VectorBound bound)
        => vector.KeyId == keyId && (!oneBound || vector.Bound == bound);

    /// <summary>Reads a segment; the caller disposes its vector.</summary>
    public EncryptedVector? TryRead(int index, ReadOnlySpan<byte> bytes, out FormatError reason)
        => TryRead(index, bytes, isKept: true, out reason);

    /// <summary>Checks a segment as thoroughly, and keeps none of its values: the vector is one that was disposed.</summary>
    public EncryptedVector? TryCheck(int index, ReadOnlySpan<byte> bytes, out FormatError reason)
        => TryRead(index, bytes, isKept: false, out reason);

    private EncryptedVector? TryRead(int index, ReadOnlySpan<byte> bytes, bool isKept, out FormatError reason)
    {
        var reader = new WireReader(bytes);
        reader.Require(reader.ReadInt32(0, int.MaxValue) == index, FormatError.Inconsistent);
        if (reader.Failed)
        {
            reason = reader.Error;
            return null;
        }

        int length = plan.LengthOf(index);
        var limits = new WireLimits(length, maxBytes);
        ReadOnlySpan<byte> vectorBytes = reader.ReadBytes(reader.Remaining);
        bool isVector = isKept
            ? vectors.TryRead(vectorBytes, limits, out EncryptedVector? vector, out reason)
            : vectors.TryCheck(vectorBytes, limits, out vector, out reason);
        if (!isVector)
        {
            return null;
        }

        reason = Check(vector!, length);
        if (reason == FormatError.None)
        {
            return vector;
        }

        vector!.Dispose();
        return null;
    }

    private FormatError Check(EncryptedVector vector, int length)
    {
        if (vector.Length != length)
        {
            return FormatError.Inconsistent;
        }

        // The first vector of a sum fixes its depth: a spent one would shut all others out.
        return vector.SpentDepth != 0 ? FormatError.FieldOutOfRange : check(vector);
    }
}
