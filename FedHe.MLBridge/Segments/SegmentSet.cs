using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// A segment set contains the encrypted segments of an update, an aggregate or a saved state, in order. It is empty
/// when nothing is encrypted.
/// </summary>
/// <remarks>On the wire, a segment is its index in 4 bytes followed by a whole encoded vector.</remarks>
internal abstract class SegmentSet : IDisposable
{
    /// <summary>The length in bytes of the frame before each segment's vector.</summary>
    public const int FrameLength = sizeof(int);

    protected SegmentSet(int count, KeyId keyId, double largestError, long encodedLength)
    {
        Count = count;
        KeyId = keyId;
        LargestError = largestError;
        EncodedLength = encodedLength;
    }

    public int Count { get; }

    /// <summary>The key of all segments; the zero key when there are none.</summary>
    public KeyId KeyId { get; }

    /// <summary>The largest error bound of any segment.</summary>
    public double LargestError { get; }

    /// <summary>The length in bytes of all segments with their frames.</summary>
    public long EncodedLength { get; }

    /// <summary>Writes a vector as a segment with its frame.</summary>
    public static void Write(int index, EncryptedVector vector, IBufferWriter<byte> destination)
    {
        new WireWriter(destination).WriteInt32(index);
        vector.WriteTo(destination);
    }

    /// <summary>Computes the length in bytes of a segment with its frame.</summary>
    public abstract int LengthOf(int index);

    /// <summary>Opens a segment and returns its vector for the time of the lease.</summary>
    /// <exception cref="HeFormatException">The bytes have changed since they were checked.</exception>
    /// <exception cref="IOException">The bytes can no longer be read.</exception>
    /// <exception cref="ObjectDisposedException">The segments were disposed.</exception>
    public abstract SegmentLease Open(int index);

    /// <summary>Writes the segment of an index with its frame.</summary>
    public abstract void Write(int index, IBufferWriter<byte> destination);

    public abstract void Dispose();
}
