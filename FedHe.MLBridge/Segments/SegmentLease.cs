using FedHe.Crypto.Ciphertexts;

namespace FedHe.MLBridge.Segments;

/// <summary>A segment as a vector, decoded for the lease or held by somebody else.</summary>
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
