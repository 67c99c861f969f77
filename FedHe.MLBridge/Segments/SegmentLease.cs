using FedHe.Crypto.Ciphertexts;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// A segment lease gives access to a segment's vector, and disposes a vector that was decoded for the lease.
/// </summary>
internal readonly struct SegmentLease(EncryptedVector vector, bool isOwned) : IDisposable
{
    public EncryptedVector Vector => vector;

    public void Dispose()
    {
        if (isOwned)
        {
            vector.Dispose();
        }
    }
}
