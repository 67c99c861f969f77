using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stamps;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Hosting.AspNetCore.Transfers;

/// <summary>
/// A transfer is a long message of a client that comes in chunks, in a file. A chunk counts when it is written and its digest is the one that the head has
/// for it. It is thread-safe.
/// </summary>
/// <remarks>
/// The offset is written nowhere: a process that starts finds as many chunks as have the digests of the head. The file is brought to the disk as a whole,
/// before a log refers to the message: a machine whose power fails earlier has lost nothing that was acknowledged, and its client sends what is missing.
/// When the server has taken the message, its bytes are deleted, unless the log refers to them, and the stamp of what has it stays, so that the client learns
/// that also when the answer was lost.
/// </remarks>
#pragma warning disable CA1001 // Nobody waits for the handle of the semaphore, so that it holds nothing to dispose.
internal sealed class Transfer : IStoredMessage
#pragma warning restore CA1001
{
    public const string HeadExtension = ".head";
    public const string BytesExtension = KeptMessages.FileExtension;
    public const string TakenExtension = ".taken";

    private const int VerifiedAtOnce = 64 * 1024;

    private readonly PartyFolder _folder;
    private readonly string _file;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _changing = new();
    private CancellationTokenSource? _writing;
    private long _offset;
    private volatile bool _isKnown;
    private volatile bool _isTaken;
    private volatile bool _isGone;

    // The mark by which the log finds the message again, while it refers to it.
    private string? _mark;
    private Task _flushing = Task.CompletedTask;

    /// <summary>Creates the transfer of a head, of which <see cref="PrepareAsync"/> brings what is not there to the disk.</summary>
    /// <param name="folder">The folder of the server.</param>
    /// <param name="file">The name of its files in the folder, without their extensions.</param>
    /// <param name="head">The head.</param>
    /// <param name="isTaken">Whether the server has taken the message.</param>
    public Transfer(PartyFolder folder, string file, TransferHead head, bool isTaken = false)
    {
        (_folder, _file, Head, _isTaken) = (folder, file, head, isTaken);
        (_offset, _isKnown) = isTaken ? (head.Length, true) : (0, false);
    }

    /// <summary>What is transferred.</summary>
    public TransferHead Head { get; }

    /// <inheritdoc/>
    public int Length => checked((int)Head.Length);

    /// <inheritdoc/>
    public byte[]? Bytes => null;

    /// <inheritdoc/>
    public bool IsLasting => true;

    /// <summary>The number of bytes at the beginning of the message that are there.</summary>
    public long Offset => Volatile.Read(ref _offset);

    /// <summary>Whether the server has taken the message, whose bytes are gone.</summary>
    public bool IsTaken => _isTaken;

    /// <summary>Whether a chunk arrives, or the message is taken, at the moment.</summary>
    public bool IsInUse => _turn.CurrentCount == 0;

    /// <summary>
    /// Takes room for the message and writes the head, or finds out what an earlier process has of the message. When the method returns, <see
    /// cref="Offset"/> is right. Returns false where the transfer is over.
    /// </summary>
    /// <exception cref="IOException">There is no room, or the files cannot be read.</exception>
    public async Task<bool> PrepareAsync(CancellationToken cancellationToken)
    {
        if (!_isKnown)
        {
            using Use use = await UseAsync(cancellationToken).ConfigureAwait(false);
            if (!_isKnown && !_isGone)
            {
                Volatile.Write(ref _offset, File.Exists(PathOf(HeadExtension)) ? Verify() : Begin());
                _isKnown = true;
            }
        }

        return !_isGone;
    }

    /// <summary>Takes the next chunks in, each of which counts when it has come. What was coming in before for the same place is given up: its connection may be dead.</summary>
    /// <param name="offset">Where the first chunk begins in the message.</param>
    /// <param name="body">The body with the chunks.</param>
    /// <param name="cancellationToken">Ends the transfer of the chunks.</param>
    /// <exception cref="IOException">A chunk could not be written.</exception>
    public async Task<ChunkOutcome> AppendAsync(long offset, ArrivingBody body, CancellationToken cancellationToken)
    {
        if (offset != Offset)
        {
            return ChunkOutcome.WrongOffset;
        }

        Overtake();
        using Use use = await UseAsync(cancellationToken).ConfigureAwait(false);
        if (_isGone || offset != Offset)
        {
            return _isGone ? ChunkOutcome.Gone : ChunkOutcome.WrongOffset;
        }

        using var writing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_changing)
        {
            _writing = writing;
        }

        try
        {
            return await WriteAsync(offset, body, writing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return _isGone ? ChunkOutcome.Gone : ChunkOutcome.Overtaken;
        }
        finally
        {
            lock (_changing)
            {
                _writing = null;
            }
        }
    }

    /// <summary>Waits until nobody else uses the transfer.</summary>
    public async Task<Use> UseAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Use(this);
    }

    /// <inheritdoc/>
    public Stream OpenRead() => new FileStream(PathOf(BytesExtension), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <inheritdoc/>
    public void Keep(Digest digest)
    {
        Task flushing = _flushing;
        _flushing = Task.CompletedTask;
        try
        {
            flushing.GetAwaiter().GetResult();
            Flush();
        }
        catch
        {
            // What the system lost it says once, and a later flush succeeds without it. So the client brings everything again.
            Volatile.Write(ref _offset, 0);
            throw;
        }

        string mark = Path.Combine(Path.GetDirectoryName(_file) ?? string.Empty, KeptMessages.MarkOf(digest));
        _folder.Replace(mark, Encoding.ASCII.GetBytes(Path.GetFileName($"{_file}{BytesExtension}")));
        lock (_changing)
        {
            _mark = mark;
        }
    }

    /// <inheritdoc/>
    public void Release()
    {
        lock (_changing)
        {
            if (_mark is not null)
            {
                TryDelete(_mark);
                _mark = null;
            }

            DeleteIfTaken();
        }

        DeleteIfGone();
    }

    /// <summary>Reads the message, all of which is there.</summary>
    public void CopyTo(Span<byte> destination)
    {
        using SafeFileHandle file = OpenHandle();
        file.ReadExactly(destination);
    }

    /// <summary>Returns what the message says about itself, or null where it is another one than the head says.</summary>
    public MessageInfo? FindInfo()
    {
        byte[] beginning = new byte[Math.Min(Head.Length, 1024)];
        using SafeFileHandle file = OpenHandle();
        return RandomAccess.Read(file, beginning, 0) == beginning.Length && MessageInfo.TryRead(beginning, out MessageInfo? info) && info == Head.Info ? info : null;
    }

    /// <summary>
    /// Notes that the server has taken the message, and deletes its bytes, or has <see cref="Release"/> do that. Where that fails, the message is still there and
    /// counts once when it is taken again.
    /// </summary>
    /// <param name="stamp">The stamp of the saved state or change that has the message.</param>
    public void NoteTaken(StateStamp stamp)
    {
        try
        {
            _folder.Replace($"{_file}{TakenExtension}", Encoding.ASCII.GetBytes($"{StampText.Write(stamp)}\n"));
            lock (_changing)
            {
                _isTaken = true;
                DeleteIfTaken();
            }
        }
        catch (IOException)
        {
            // The disk has failed behind the state, and says so at the next message.
        }
    }

    /// <summary>Ends the transfer, and deletes its files when nobody uses them.</summary>
    public void Discard()
    {
        _isGone = true;
        Overtake();
        DeleteIfGone();
    }

    private string PathOf(string extension) => _folder.PathOf($"{_file}{extension}");

    /// <summary>Gives up what arrives at the moment.</summary>
    private void Overtake()
    {
        CancellationTokenSource? writing;
        lock (_changing)
        {
            writing = _writing;
        }

        try
        {
            writing?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has come to its end meanwhile.
        }
    }

    private async Task<ChunkOutcome> WriteAsync(long offset, ArrivingBody body, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using SafeFileHandle file = File.OpenHandle(PathOf(BytesExtension), FileMode.Open, FileAccess.Write, FileShare.ReadWrite, FileOptions.Asynchronous);
        bool isWrong = false;
        await body.TakeAsync(
            async (part, at, end) =>
            {
                if (!isWrong)
                {
                    await file.WriteAsync(part, offset + at, end).ConfigureAwait(false);
                    isWrong = !Count(part, offset + at, hash);
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (isWrong)
        {
            return ChunkOutcome.WrongBytes;
        }

        if (Offset == Head.Length)
        {
            // While the server folds it in.
            _flushing = Task.Run(Flush, CancellationToken.None);
        }

        return ChunkOutcome.Written;
    }

    /// <summary>Counts the chunks that end in a part, which is in the file. Returns false for one that has not its digest, and counts nothing from there on.</summary>
    private bool Count(ReadOnlySequence<byte> part, long at, IncrementalHash hash)
    {
        foreach (ReadOnlyMemory<byte> buffer in part)
        {
            for (ReadOnlySpan<byte> rest = buffer.Span; !rest.IsEmpty;)
            {
                int chunk = (int)(at / Head.ChunkLength);
                long end = ((long)chunk * Head.ChunkLength) + Head.LengthOf(chunk);
                int count = (int)Math.Min(rest.Length, end - at);
                hash.AppendData(rest[..count]);
                rest = rest[count..];
                at += count;
                if (at == end)
                {
                    if (new Digest(hash.GetHashAndReset()) != Head.DigestOf(chunk))
                    {
                        return false;
                    }

                    Volatile.Write(ref _offset, end);
                }
            }
        }

        return true;
    }

    /// <summary>Opens the file to read it, which an earlier request or a flush may still have open to write.</summary>
    private SafeFileHandle OpenHandle() => File.OpenHandle(PathOf(BytesExtension), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private void Flush()
    {
        using SafeFileHandle file = File.OpenHandle(PathOf(BytesExtension), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
    }

    private long Begin()
    {
        _folder.Delete($"{_file}{BytesExtension}");
        using (File.OpenHandle(PathOf(BytesExtension), FileMode.CreateNew, FileAccess.Write, FileShare.None, preallocationSize: Head.Length))
        {
            // The room is taken; what is in it does not count.
        }

        _folder.Replace($"{_file}{HeadExtension}", Head.WriteTo);
        return 0;
    }

    /// <summary>Returns how much of the message is there: whole chunks with the right digests, up to the first that is not.</summary>
    private long Verify()
    {
        using SafeFileHandle file = OpenHandle();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(VerifiedAtOnce);
        try
        {
            for (int chunk = 0; chunk < Head.ChunkCount; chunk++)
            {
                long start = (long)chunk * Head.ChunkLength;
                int length = Head.LengthOf(chunk);
                int read = 0;
                int count;
                while (read < length && (count = RandomAccess.Read(file, buffer.AsSpan(0, Math.Min(VerifiedAtOnce, length - read)), start + read)) > 0)
                {
                    hash.AppendData(buffer, 0, count);
                    read += count;
                }

                if (new Digest(hash.GetHashAndReset()) != Head.DigestOf(chunk))
                {
                    return start;
                }
            }

            return Head.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Deletes the bytes of a message that was taken, unless the log refers to them.</summary>
    private void DeleteIfTaken()
    {
        if (_isTaken && _mark is null)
        {
            TryDelete($"{_file}{BytesExtension}");
        }
    }

    /// <summary>Deletes the files of a transfer that is over, unless somebody uses them, who then does, or the log refers to them.</summary>
    private void DeleteIfGone()
    {
        bool isLeft = _isGone;
        while (isLeft && _turn.Wait(TimeSpan.Zero))
        {
            bool isKept;
            lock (_changing)
            {
                isKept = _mark is not null;
                foreach (string extension in isKept ? (string[])[] : [TakenExtension, BytesExtension, HeadExtension])
                {
                    TryDelete($"{_file}{extension}");
                }
            }

            _turn.Release();

            // The log may have released it meanwhile, and have found it in use.
            lock (_changing)
            {
                isLeft = isKept && _mark is null;
            }
        }
    }

    private void TryDelete(string name)
    {
        try
        {
            _folder.Delete(name);
        }
        catch (IOException)
        {
            // The next process finds it, and deletes it when nobody needs it.
        }
    }

    /// <summary>The time in which nobody else uses a transfer.</summary>
    public readonly struct Use(Transfer transfer) : IDisposable
    {
        public void Dispose()
        {
            transfer._turn.Release();
            transfer.DeleteIfGone();
        }
    }
}
