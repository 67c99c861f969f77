using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.Server;

/// <summary>An upload that the server accepted and folded in.</summary>
/// <param name="Slot">The slot that the upload is for.</param>
/// <param name="ContentDigest">Digest of the message without its signature, which a relay can replace by another valid one.</param>
/// <param name="Receipt">What is encrypted in the update, computed by the server from the bytes that arrived.</param>
/// <param name="Weight">The update's weight, or null when hidden.</param>
/// <param name="UploadLength">Length of the whole message, in bytes.</param>
public sealed record Contribution(
    UploadSlot Slot, Digest ContentDigest, EncryptionReceipt Receipt, long? Weight, int UploadLength)
{
    /// <summary>The client that sent the upload.</summary>
    public ClientId Client => Slot.Client;
}
