using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.Server;

/// <summary>An upload that the server accepted and folded in.</summary>
/// <param name="Slot">The slot that the upload is for.</param>
/// <param name="ContentDigest">
/// The digest of what the client signed, which has the digest of the update, but not of the signature itself, because a relay can
/// replace it by another valid one.
/// </param>
/// <param name="Receipt">
/// The evidence of what the update encrypts, computed by the server from the bytes that arrived.
/// </param>
/// <param name="Weight">The update's weight, or null when it is hidden.</param>
/// <param name="UploadLength">The length of the whole message, in bytes.</param>
public sealed record Contribution(
    UploadSlot Slot, Digest ContentDigest, EncryptionReceipt Receipt, long? Weight, long UploadLength)
{
    /// <summary>The client that sent the upload.</summary>
    public ClientId Client => Slot.Client;
}
