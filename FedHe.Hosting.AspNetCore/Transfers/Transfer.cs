using System.Text;
using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stamps;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;

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

    private readonly PartyFolder _folder;
    private readonly string _file;
    private readonly TransferBytes _bytes;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _changing = new();
    private CancellationTokenSource? _writing;
    private volatile bool _isKnown;
    private volatile bool _isTaken;
    private volatile bool _isGone;

    // The mark by which the log finds the message again, while it refers to it.
    private string? _mark;

    /// <summary>Creates the transfer of a head, of which <see cref="PrepareAsync"/> brings what is not there to the disk.</summary>
    /// <param name="folder">The folder of the server.</param>
    /// <param name="file">The name of its files in the folder, without their extensions.</param>
    /// <param name="head">The head.</param>
    /// <param name="isTaken">Whether the server has taken the message.</param>
    public Transfer(PartyFolder folder, string file, TransferHead head, bool isTaken = false)
    {
        (_folder, _file, Head, _isTaken) = (folder, file, head, isTaken);
        _bytes = new TransferBytes(folder.PathOf($"{file}{BytesExtension}"), head);
        _isKnown = isTaken;
    }

    /// <summary>What is transferred.</summary>
    public TransferHead Head { get; }

    /// <inheritdoc/>
    public long Length => Head.Length;

    /// <inheritdoc/>
    public byte[]? Bytes => null;

    /// <inheritdoc/>
    public UploadDigests? Digests => _bytes.Digests;

    /// <inheritdoc/>
    public bool IsLasting => true;

    /// <summary>The number of bytes at the beginning of the message that are there.</summary>
    public long Offset => _isTaken ? Head.Length : _bytes.Offset;

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
                if (File.Exists(_folder.PathOf($"{_file}{HeadExtension}")))
                {
                    _bytes.Verify();
                }
                else
                {
                    _bytes.TakeRoom();
                    _folder.Replace($"{_file}{HeadExtension}", Head.WriteTo);
                }

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
            return await _bytes.WriteAsync(offset, body, writing.Token).ConfigureAwait(false);
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
    public Stream OpenRead() => _bytes.OpenRead();

    /// <inheritdoc/>
    public void Confirm() => _bytes.BringToDisk();

    /// <inheritdoc/>
    public void Keep(Digest digest)
    {
        _bytes.BringToDisk();
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
    public void CopyTo(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>Returns what the message says about itself, or null where it is another one than the head says.</summary>
    public MessageInfo? FindInfo()
    {
        byte[] beginning = new byte[Math.Min(Head.Length, 1024)];
        try
        {
            _bytes.CopyTo(beginning);
        }
        catch (EndOfStreamException)
        {
            return null;
        }

        return MessageInfo.TryRead(beginning, out MessageInfo? info) && info == Head.Info ? info : null;
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
