using System.Buffers;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Hosting.AspNetCore.Transfers;

/// <summary>Transfer bytes are the message of a transfer in its file: what comes of it is written, hashed, and on its way to the disk while more comes. One thread at a time uses them.</summary>
/// <param name="path">The path of the file.</param>
/// <param name="head">What is transferred.</param>
/// <param name="flush">Brings the file to the disk, or null for what the system does. Tests let it fail.</param>
internal sealed class TransferBytes(string path, TransferHead head, Action? flush = null)
{
    // Enough for few calls of the system, little enough to be in the cache still when it is hashed, while it is written.
    private const int PartLength = 256 * 1024;

    private readonly BackgroundFlush _flush = new(flush ?? (() => Flush(path)));
    private long _offset;
    private UploadDigests? _digests;

    // Of a message that is on its way.
    private TransferHasher? _hasher;

    /// <summary>The number of bytes at the beginning of the message that are there. It may be read at any time.</summary>
    public long Offset => Volatile.Read(ref _offset);

    /// <summary>What was found out about an upload while it came; null where it may be another one in the file, such as behind a flush that failed.</summary>
    public UploadDigests? Digests => _flush.Newest.IsFaulted ? null : _digests;

    /// <summary>Takes room on the disk for a message of which nothing has come.</summary>
    /// <exception cref="IOException">There is no room.</exception>
    public void TakeRoom()
    {
        File.Delete(path);
        using (File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, preallocationSize: head.Length))
        {
            // The room is taken; what is in it does not count.
        }
    }

    /// <summary>Finds out how much of the message an earlier process has left: whole chunks with the right digests, up to the first that is not.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Verify()
    {
        using SafeFileHandle file = OpenHandle();
        TransferHasher hasher = _hasher = new TransferHasher(head);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PartLength);
        try
        {
            int count;
            for (long at = 0; at < head.Length && (count = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(PartLength, head.Length - at)), at)) > 0; at += count)
            {
                if (!hasher.Append(buffer.AsSpan(0, count)))
                {
                    break;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Count(hasher);
    }

    /// <summary>Writes the next chunks, each of which counts when it is in the file and its digest is right.</summary>
    /// <param name="offset">Where the first chunk begins in the message, which is <see cref="Offset"/>.</param>
    /// <param name="body">The body with the chunks.</param>
    /// <param name="cancellationToken">Ends the transfer of the chunks.</param>
    /// <exception cref="IOException">A chunk could not be written.</exception>
    public async Task<ChunkOutcome> WriteAsync(long offset, ArrivingBody body, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, FileOptions.Asynchronous);

        // Of what came last some may have been hashed that is not in the file, or does not count.
        TransferHasher hasher = _hasher ??= new TransferHasher(head);
        hasher.Rewind(offset);
        byte[] part = ArrayPool<byte>.Shared.Rent(PartLength);
        try
        {
            int held = 0;
            bool isRight = true;
            await body.TakeAsync(
                async (arrived, at, end) =>
                {
                    // Of a body that is longer than the message nothing counts from here on.
                    isRight &= offset + at + arrived.Length <= head.Length;
                    for (long place = offset + at; isRight && !arrived.IsEmpty;)
                    {
                        int count = (int)Math.Min(arrived.Length, PartLength - held);
                        arrived.Slice(0, count).CopyTo(part.AsSpan(held));
                        arrived = arrived.Slice(count);
                        (held, place) = (held + count, place + count);

                        // Many short chunks are one part; but none that came waits for what may not come.
                        if (held == PartLength || (arrived.IsEmpty && EndsChunk(place, hasher)))
                        {
                            isRight = await TakeAsync(file, part.AsMemory(0, held), place - held, hasher, end).ConfigureAwait(false);
                            held = 0;
                        }
                    }
                },
                cancellationToken).ConfigureAwait(false);
            return isRight ? ChunkOutcome.Written : ChunkOutcome.WrongBytes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part);
        }
    }

    /// <summary>Brings the whole message to the disk. Where that fails, nobody knows what is missing, and all of it has to come again.</summary>
    /// <exception cref="IOException">The message could not be brought to the disk.</exception>
    public void BringToDisk()
    {
        try
        {
            _flush.Complete();
        }
        catch
        {
            Volatile.Write(ref _offset, 0);
            _digests = null;
            throw;
        }
    }

    /// <summary>Opens the file, which an earlier request or a flush may still have open to write.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public Stream OpenRead() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>Reads the beginning of the message, which is there.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void CopyTo(Span<byte> destination)
    {
        using SafeFileHandle file = OpenHandle();
        file.ReadExactly(destination);
    }

    /// <summary>Tells whether a chunk ends at or before a place, and behind what was hashed.</summary>
    private bool EndsChunk(long place, TransferHasher hasher) => place == head.Length || place / head.ChunkLength * head.ChunkLength > hasher.Offset;

    private static void Flush(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Writes and hashes a part. Returns false where a chunk ends in it that has not its digest, and counts nothing from there on.</summary>
    private async ValueTask<bool> TakeAsync(SafeFileHandle file, ReadOnlyMemory<byte> part, long at, TransferHasher hasher, CancellationToken end)
    {
        ValueTask writing = RandomAccess.WriteAsync(file, part, at, end);
        bool isRight;
        try
        {
            isRight = hasher.Append(part.Span);
        }
        finally
        {
            await writing.ConfigureAwait(false);
        }

        Count(hasher);
        _flush.Follow(Offset, Offset == head.Length);
        return isRight;
    }

    /// <summary>Counts the chunks that are in the file and right.</summary>
    private void Count(TransferHasher hasher)
    {
        Volatile.Write(ref _offset, hasher.Offset);
        if (hasher.Offset == head.Length)
        {
            (_digests, _hasher) = (hasher.FindUploadDigests(), null);
        }
    }

    private SafeFileHandle OpenHandle() => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
