using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Buffers;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// A segment lease gives access to a segment's vector, and disposes a vector that was decoded for the lease, with the bytes that
/// the vector may read.
/// </summary>
internal readonly struct SegmentLease(EncryptedVector vector, bool isOwned, ByteLease bytes = default) : IDisposable
{
    public EncryptedVector Vector => vector;

    public void Dispose()
    {
        if (isOwned)
        {
            vector.Dispose();
        }

        bytes.Dispose();
    }
}
