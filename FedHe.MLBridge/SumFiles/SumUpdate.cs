using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;

namespace FedHe.MLBridge.SumFiles;

/// <summary>A sum update is what a sum in a file remembers of an update.</summary>
/// <param name="Slot">The slot of the update.</param>
/// <param name="Content">The digest of what was folded in, and of the weight; <see cref="Digest.None"/> where a saved sum, which has none, was copied to the file.</param>
internal sealed record SumUpdate(UploadSlot Slot, Digest Content);
