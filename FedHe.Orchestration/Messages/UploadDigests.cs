using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Messages;

/// <summary>Upload digests are what an <see cref="Server.UploadHasher"/> found out about an upload: where its update lies in the message, and the digests of the update.</summary>
public sealed class UploadDigests
{
    internal UploadDigests(long start, long length, Digest update, Digest beginning) => (Start, Length, Update, Beginning) = (start, length, update, beginning);

    /// <summary>Where the update begins in the message.</summary>
    internal long Start { get; }

    /// <summary>The length of the update in bytes.</summary>
    internal long Length { get; }

    /// <summary>The digest of the update, which its client signed.</summary>
    internal Digest Update { get; }

    /// <summary>The digest of the update up to the end of the encrypted model in it, where there are round keys.</summary>
    internal Digest Beginning { get; }

    /// <summary>Tells whether these are the digests of a message with an update at the same place.</summary>
    internal bool IsOf(Upload upload, MessageContent message) => upload.Content.Length == Length && message.Length == Start + Length + MessageSignature.SizeInBytes;
}
