using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.AspNetCore.Arrivals;

/// <summary>A message that has arrived and waits for its turn, in a file or in memory.</summary>
internal interface IStoredMessage
{
    /// <summary>The length of the message, in bytes.</summary>
    long Length { get; }

    /// <summary>The bytes of a short message that is in memory, or null.</summary>
    byte[]? Bytes { get; }

    /// <summary>What was found out about an upload when it arrived, or null.</summary>
    UploadDigests? Digests => null;

    /// <summary>Reads a message that is in a file.</summary>
    /// <param name="destination">Receives the bytes; as long as the message.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    void CopyTo(Span<byte> destination);

    /// <summary>Opens a message that is in a file, of which a part is in memory at a time.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    Stream OpenRead() => throw new NotSupportedException();

    /// <summary>Whether the message is in a file that may outlive its request, so that <see cref="Keep"/> is possible.</summary>
    bool IsLasting => false;

    /// <summary>Brings a lasting message to the disk, and keeps it there until <see cref="Release"/>, for a log that refers to it.</summary>
    /// <param name="digest">The digest by which the log refers to the message, and finds it again.</param>
    /// <exception cref="IOException">The message could not be brought to the disk.</exception>
    void Keep(Digest digest) => throw new NotSupportedException();

    /// <summary>
    /// Makes sure that the bytes that were read of the message are the ones that arrived: where what arrived could not be brought to the disk, its file may have others.
    /// </summary>
    /// <exception cref="IOException">The message could not be brought to the disk.</exception>
    void Confirm()
    {
        // What is in memory, or was hashed when it was read, is what it is.
    }

    /// <summary>Keeps the message no longer for the log, because a saved state has it.</summary>
    void Release() => throw new NotSupportedException();

    /// <summary>Returns the bytes of a message that an array can have, in memory of their own.</summary>
    ReadOnlyMemory<byte> ToMemory()
    {
        if (Bytes is byte[] known)
        {
            return known;
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)Length));
        CopyTo(bytes);
        return bytes;
    }
}
