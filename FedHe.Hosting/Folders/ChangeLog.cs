using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.Folders;

/// <summary>
/// A change log keeps what messages changed since the state of a server was saved (<see cref="ServerStep.Change"/>), so that the state is not written behind every upload.
/// </summary>
/// <remarks>
/// A frame is four bytes with the length of a change, the first eight bytes of its SHA-256, and the change. A last frame that is not whole was never
/// acknowledged, and is passed over. A process empties the log before it appends for the first time, so nothing stands behind such a frame.
/// </remarks>
public sealed class ChangeLog
{
    private const int HashLength = 8;
    private const int HeadLength = sizeof(int) + HashLength;

    private readonly PartyFolder _folder;

    /// <summary>Creates the log of a folder, which its process empties before it appends.</summary>
    /// <param name="folder">The folder of the server.</param>
    public ChangeLog(PartyFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        _folder = folder;
    }

    /// <summary>The length of what this process has appended since it emptied the log, in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Appends a change. When the method returns, it is on the disk.</summary>
    /// <param name="change">The bytes of a <see cref="SavedChange"/>.</param>
    /// <exception cref="IOException">The change could not be written, and a part of it may be at the end of the log; or the log is not empty and of another process.</exception>
    public void Append(ReadOnlySpan<byte> change)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        BinaryPrimitives.WriteInt32LittleEndian(head, change.Length);
        WriteHash(change, head[sizeof(int)..]);
        _folder.Append(PartyFiles.Changes, Length, head, change);
        Length += HeadLength + change.Length;
    }

    /// <summary>Empties the log, whose changes are in the saved state.</summary>
    /// <exception cref="IOException">The file could not be deleted.</exception>
    public void Clear()
    {
        _folder.Delete(PartyFiles.Changes);
        Length = 0;
    }

    /// <summary>Reads the changes in a log, of which one is in memory at a time. Whoever reads a log without its lock reads it before the state: a state is never older.</summary>
    /// <param name="path">The path of the log, which need not be there.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(string path)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] head = new byte[HeadLength];
        while (file.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false) == HeadLength)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(head);
            if (length <= 0 || length > file.Length - file.Position)
            {
                yield break;
            }

            byte[] change = new byte[length];
            file.ReadExactly(change);
            if (file.Position == file.Length && !IsWhole(head, change))
            {
                yield break;
            }

            yield return change;
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> head, ReadOnlySpan<byte> change)
    {
        Span<byte> hash = stackalloc byte[HashLength];
        WriteHash(change, hash);
        return head[sizeof(int)..].SequenceEqual(hash);
    }

    private static void WriteHash(ReadOnlySpan<byte> change, Span<byte> hash)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(change, whole);
        whole[..HashLength].CopyTo(hash);
    }
}
