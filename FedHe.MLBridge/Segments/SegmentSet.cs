using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// The encrypted segments of an update, an aggregate or a saved state, in order; none where nothing is encrypted. On the
/// wire each is its index in 4 bytes and a whole vector.
/// </summary>
internal abstract class SegmentSet : IDisposable
{
    /// <summary>Bytes before the vector of each segment.</summary>
    public const int FrameLength = sizeof(int);

    protected SegmentSet(int count, KeyId keyId, double largestError, long encodedLength)
    {
        Count = count;
        KeyId = keyId;
        LargestError = largestError;
        EncodedLength = encodedLength;
    }

    public int Count { get; }

    /// <summary>The key of all segments; zero when there are none.</summary>
    public KeyId KeyId { get; }

    /// <summary>The largest error bound of any segment.</summary>
    public double LargestError { get; }

    /// <summary>Bytes of all segments, frames included.</summary>
    public long EncodedLength { get; }

    /// <summary>Writes a vector as a segment.</summary>
    public static void Write(int index, EncryptedVector vector, IBufferWriter<byte> destination)
    {
        new WireWriter(destination).WriteInt32(index);
        vector.WriteTo(destination);
    }

    /// <summary>A segment as a vector.</summary>
    /// <exception cref="HeFormatException">The bytes are no longer those that were checked.</exception>
    /// <exception cref="IOException">They can no longer be read.</exception>
    /// <exception cref="ObjectDisposedException">The segments were disposed.</exception>
    public abstract SegmentLease Open(int index);

    /// <summary>Writes one segment with its frame.</summary>
    public abstract void Write(int index, IBufferWriter<byte> destination);

    public abstract void Dispose();
}
