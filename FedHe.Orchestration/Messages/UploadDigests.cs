using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Messages;

/// <summary>Upload digests are the digests of the update in an upload, which a <see cref="Server.UploadHasher"/> or a <see cref="Server.TransferHasher"/> computed while the upload came.</summary>
public sealed class UploadDigests
{
    internal UploadDigests(Digest update, Digest beginning) => (Update, Beginning) = (update, beginning);

    /// <summary>The range digest of the update, which its client signed.</summary>
    internal Digest Update { get; }

    /// <summary>The range digest of the update up to the end of the encrypted model in it, where there are round keys.</summary>
    internal Digest Beginning { get; }
}
