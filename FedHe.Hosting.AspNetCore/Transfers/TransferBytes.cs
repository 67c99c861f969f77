using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Hosting.AspNetCore.Transfers;

/// <summary>Transfer bytes are the message of a transfer in its file: what comes of it is written, hashed, and on its way to the disk while more comes. One thread at a time uses them.</summary>
/// <param name="path">The path of the file.</param>
/// <param name="head">What is transferred.</param>
/// <param name="flush">Brings the file to the disk, or null for what the system does. Tests let it fail.</param>
internal sealed class TransferBytes(string path, TransferHead head, Action? flush = null) : IDisposable
{
    private const int VerifiedAtOnce = 64 * 1024;

    private readonly BackgroundFlush _flush = new(flush ?? (() => Flush(path)));
    private long _offset;
    private UploadDigests? _digests;

    // Of an upload that has come without interruption from its beginning; a later process reads the file.
    private UploadHasher? _hasher;

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

        _hasher = head.Info.Kind == MessageKind.Upload ? new UploadHasher() : null;
    }

    /// <summary>Finds out how much of the message an earlier process has left: whole chunks with the right digests, up to the first that is not.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Verify()
    {
        using SafeFileHandle file = OpenHandle();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(VerifiedAtOnce);
        try
        {
            for (int chunk = 0; chunk < head.ChunkCount && IsRight(file, chunk, hash, buffer.AsSpan(0, VerifiedAtOnce)); chunk++)
            {
                Volatile.Write(ref _offset, ((long)chunk * head.ChunkLength) + head.LengthOf(chunk));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes the next chunks, each of which counts when it is in the file and its digest is right.</summary>
    /// <param name="offset">Where the first chunk begins in the message, which is <see cref="Offset"/>.</param>
    /// <param name="body">The body with the chunks.</param>
    /// <param name="cancellationToken">Ends the transfer of the chunks.</param>
    /// <exception cref="IOException">A chunk could not be written.</exception>
    public async Task<ChunkOutcome> WriteAsync(long offset, ArrivingBody body, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, FileOptions.Asynchronous);

        // It comes back when all that it has hashed counts: of a chunk that comes again it would hash both.
        UploadHasher? upload = Interlocked.Exchange(ref _hasher, null);
        bool isWrong = false;
        try
        {
            await body.TakeAsync(
                async (part, at, end) =>
                {
                    if (!isWrong)
                    {
                        Task hashing = upload is null ? Task.CompletedTask : Task.Run(() => Append(part, upload), CancellationToken.None);
                        try
                        {
                            await file.WriteAsync(part, offset + at, end).ConfigureAwait(false);
                            isWrong = !Count(part, offset + at, hash);
                        }
                        finally
                        {
                            await hashing.ConfigureAwait(false);
                        }

                        _flush.Follow(Offset, Offset == head.Length);
                    }
                },
                cancellationToken).ConfigureAwait(false);
            if (isWrong)
            {
                return ChunkOutcome.WrongBytes;
            }

            if (Offset == head.Length)
            {
                _digests = upload?.Complete();
            }
            else
            {
                (_hasher, upload) = (upload, null);
            }

            return ChunkOutcome.Written;
        }
        finally
        {
            upload?.Dispose();
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

    public void Dispose() => _hasher?.Dispose();

    private static void Flush(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
    }

    private static void Append(ReadOnlySequence<byte> part, UploadHasher upload)
    {
        foreach (ReadOnlyMemory<byte> buffer in part)
        {
            upload.Append(buffer.Span);
        }
    }

    /// <summary>Counts the chunks that end in a part, which is in the file. Returns false for one that has not its digest, and counts nothing from there on.</summary>
    private bool Count(ReadOnlySequence<byte> part, long at, IncrementalHash hash)
    {
        foreach (ReadOnlyMemory<byte> buffer in part)
        {
            for (ReadOnlySpan<byte> rest = buffer.Span; !rest.IsEmpty;)
            {
                int chunk = (int)(at / head.ChunkLength);
                long end = ((long)chunk * head.ChunkLength) + head.LengthOf(chunk);
                int count = (int)Math.Min(rest.Length, end - at);
                hash.AppendData(rest[..count]);
                rest = rest[count..];
                at += count;
                if (at == end)
                {
                    if (new Digest(hash.GetHashAndReset()) != head.DigestOf(chunk))
                    {
                        return false;
                    }

                    Volatile.Write(ref _offset, end);
                }
            }
        }

        return true;
    }

    private bool IsRight(SafeFileHandle file, int chunk, IncrementalHash hash, Span<byte> buffer)
    {
        long start = (long)chunk * head.ChunkLength;
        int length = head.LengthOf(chunk);
        int read = 0;
        int count;
        while (read < length && (count = RandomAccess.Read(file, buffer[..Math.Min(buffer.Length, length - read)], start + read)) > 0)
        {
            hash.AppendData(buffer[..count]);
            read += count;
        }

        return new Digest(hash.GetHashAndReset()) == head.DigestOf(chunk);
    }

    private SafeFileHandle OpenHandle() => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
}
