using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Client;

/// <summary>The bytes of a client's latest upload, kept so that they can be sent again unchanged.</summary>
internal sealed class SentUpload(UploadSlot slot, byte[] bytes)
{
    public UploadSlot Slot => slot;

    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>The digest of the whole message, which the server's acknowledgement names.</summary>
    public Digest Digest { get; } = Digest.Compute(bytes);

    /// <summary>
    /// Whether the server has answered. Any answer counts, because it refuses the same bytes again after a refusal.
    /// </summary>
    public bool IsAcknowledged { get; private set; }

    public void Acknowledge(Digest messageDigest) => IsAcknowledged |= messageDigest == Digest;
}
