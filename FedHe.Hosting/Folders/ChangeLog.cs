using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;

namespace FedHe.Hosting.Folders;

/// <summary>
/// A change log keeps what messages changed since the state of a server was saved (<see cref="ServerStep.Change"/>), so that the state is not written behind every upload.
/// </summary>
/// <remarks>
/// A frame is four bytes with the length of a change, the first eight bytes of its SHA-256, and the change. The highest bit of the length says that the
/// next frame belongs to the same group: what was appended with one flush is there as a whole, or not at all. A last group that is not whole was never
/// acknowledged, and is passed over. A process empties the log before it appends for the first time, so nothing stands behind such a group.
/// </remarks>
public sealed class ChangeLog
{
    private const int HashLength = 8;
    private const int HeadLength = sizeof(int) + HashLength;

    private const uint HasNext = 1u << 31;

    private readonly IServerStore _store;

    // What is appended next, frame behind frame: a buffer for each upload would be garbage of the upload's length.
    private readonly ArrayBufferWriter<byte> _change = new();
    private byte[] _group = [];
    private int _gathered;
    private int _lastFrame;

    /// <summary>Creates the log of a server, which its process empties before it appends.</summary>
    /// <param name="store">The folder of the server, or another store.</param>
    public ChangeLog(IServerStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <summary>The length of what this process has appended since it emptied the log, in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>The length of what was gathered and is not appended, in bytes.</summary>
    public long GatheredLength => _gathered;

    /// <summary>Appends a change. When the method returns, it is on the disk.</summary>
    /// <param name="change">The bytes of a <see cref="SavedChange"/>.</param>
    /// <exception cref="IOException">The change could not be written, and a part of it may be at the end of the log; or the log is not empty and of another process.</exception>
    public void Append(ReadOnlySpan<byte> change)
    {
        Gather(change);
        Flush();
    }

    /// <summary>Takes a change into the group that <see cref="Flush"/> appends. It is not on the disk yet.</summary>
    /// <param name="change">The change, before its server takes another step.</param>
    /// <returns>The bytes of the change, which may change with the next call.</returns>
    public ReadOnlySpan<byte> Gather(SavedChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        _change.ResetWrittenCount();
        change.WriteTo(_change);
        Gather(_change.WrittenSpan);
        return _change.WrittenSpan;
    }

    /// <summary>Appends the changes that were gathered, as one group. When the method returns, they are on the disk, with one flush for all.</summary>
    /// <exception cref="IOException">The changes could not be written, and a part of them may be at the end of the log; or the log is not empty and of another process.</exception>
    public void Flush()
    {
        if (_gathered == 0)
        {
            return;
        }

        _store.Append(PartyFiles.Changes, Length, _group.AsSpan(0, _gathered));
        Length += _gathered;
        Forget();
    }

    /// <summary>Forgets what was gathered, because a state has it, or because its steps never happened.</summary>
    public void Forget() => _gathered = 0;

    /// <summary>Empties the log, whose changes are in the saved state.</summary>
    /// <exception cref="IOException">The file could not be deleted.</exception>
    public void Clear()
    {
        _store.Delete(PartyFiles.Changes);
        Length = 0;
        Forget();
    }

    /// <summary>Reads the changes in a log, of which one is in memory at a time. Whoever reads a log without its lock reads it before the state: a state is never older.</summary>
    /// <param name="path">The path of the log, which need not be there.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(string path) => ReadFrom(() => File.Exists(path) ? PartyFolder.OpenRead(path) : null);

    /// <summary>Reads the changes in the bytes of a log.</summary>
    /// <param name="log">The bytes.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(byte[] log)
    {
        ArgumentNullException.ThrowIfNull(log);
        return ReadFrom(() => new MemoryStream(log, writable: false));
    }

    /// <summary>Reads the changes in the log of a store, of which one is in memory at a time.</summary>
    /// <param name="store">The folder of the server, or another store.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(IServerStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return ReadFrom(() => store.HasFiles
            ? (store.Exists(PartyFiles.Changes) ? store.OpenRead(PartyFiles.Changes) : null)

            // What reads messages might see a database that is behind the one that the server writes to.
            : (store.TryRead(PartyFiles.Changes) is byte[] log ? new MemoryStream(log, writable: false) : null));
    }

    private static IEnumerable<ReadOnlyMemory<byte>> ReadFrom(Func<Stream?> open)
    {
        using Stream? file = open();
        if (file is null)
        {
            yield break;
        }

        while (FindGroup(file, out List<int> lengths))
        {
            long end = file.Position + lengths.Sum(length => (long)HeadLength + length);
            long start = file.Position;
            if (end == file.Length && !lengths.TrueForAll(length => IsWhole(ReadFrame(file, length))))
            {
                yield break;
            }

            file.Position = start;
            foreach (int length in lengths)
            {
                yield return ReadFrame(file, length).AsMemory(HeadLength);
            }
        }
    }

    private void Gather(ReadOnlySpan<byte> change)
    {
        if (_gathered > 0)
        {
            Span<byte> before = _group.AsSpan(_lastFrame, sizeof(int));
            BinaryPrimitives.WriteUInt32LittleEndian(before, BinaryPrimitives.ReadUInt32LittleEndian(before) | HasNext);
        }

        int end = checked(_gathered + HeadLength + change.Length);
        if (end > _group.Length)
        {
            Array.Resize(ref _group, Math.Max(end, (int)Math.Min(Array.MaxLength, 2L * _group.Length)));
        }

        Span<byte> frame = _group.AsSpan(_gathered);
        BinaryPrimitives.WriteInt32LittleEndian(frame, change.Length);
        WriteHash(change, frame[sizeof(int)..HeadLength]);
        change.CopyTo(frame[HeadLength..]);
        (_lastFrame, _gathered) = (_gathered, end);
    }

    /// <summary>Finds the lengths of the changes of the next group, all of which the file is long enough for, and goes back to where it begins.</summary>
    private static bool FindGroup(Stream file, out List<int> lengths)
    {
        lengths = [];
        long start = file.Position;
        byte[] head = new byte[HeadLength];
        bool hasNext = true;
        while (hasNext)
        {
            uint stated = file.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false) == HeadLength ? BinaryPrimitives.ReadUInt32LittleEndian(head) : 0;
            hasNext = (stated & HasNext) != 0;
            int length = (int)(stated & ~HasNext);
            if (length == 0 || length > file.Length - file.Position)
            {
                return false;
            }

            lengths.Add(length);
            file.Position += length;
        }

        file.Position = start;
        return true;
    }

    private static byte[] ReadFrame(Stream file, int length)
    {
        byte[] frame = new byte[HeadLength + length];
        file.ReadExactly(frame);
        return frame;
    }

    private static bool IsWhole(ReadOnlySpan<byte> frame)
    {
        Span<byte> hash = stackalloc byte[HashLength];
        WriteHash(frame[HeadLength..], hash);
        return frame[sizeof(int)..HeadLength].SequenceEqual(hash);
    }

    private static void WriteHash(ReadOnlySpan<byte> change, Span<byte> hash)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(change, whole);
        whole[..HashLength].CopyTo(hash);
    }
}
