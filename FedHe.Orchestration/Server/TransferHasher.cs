using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A transfer hasher checks the chunks of a message against the head of its transfer while they arrive, and computes the digests of an upload meanwhile: one pass over the bytes serves
/// both. It is not thread-safe.
/// </summary>
/// <remarks>What the server is given of an upload, it compares with what the client signed; the signed head alone makes no upload right.</remarks>
public sealed class TransferHasher
{
    private readonly TransferHead _head;
    private readonly MessagePieces _pieces = new();

    // What an upload's ranges had where the last right chunk ended, and what they had before the last bytes came: those may have been hashed and not written.
    private (long Offset, UploadRanges? Upload) _last;
    private (long Offset, UploadRanges? Upload) _before;

    /// <summary>Begins with a message of which nothing has come.</summary>
    /// <param name="head">The head, whose signature was verified.</param>
    public TransferHasher(TransferHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        _head = head;
    }

    /// <summary>The number of bytes at the beginning of the message in chunks that are right.</summary>
    public long Offset { get; private set; }

    /// <summary>Takes the next bytes of the message.</summary>
    /// <param name="bytes">The bytes, which may end anywhere in a chunk.</param>
    /// <returns>False where a chunk ends in them that has not its digest. Everything behind <see cref="Offset"/> is forgotten then.</returns>
    /// <exception cref="ArgumentException">The bytes reach beyond the end of the message.</exception>
    public bool Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _head.Length - _pieces.Length)
        {
            throw Throw.BeyondMessage(nameof(bytes));
        }

        if (!ReferenceEquals(_before.Upload, _last.Upload))
        {
            _before.Upload?.Dispose();
        }

        _before = _last;
        while (!bytes.IsEmpty)
        {
            int chunk = (int)(Offset / _head.ChunkLength);
            long end = _head.EndOfChunkAt(Offset);
            _pieces.Chunk ??= new RangeHasher(Offset, end - Offset);
            int count = (int)Math.Min(bytes.Length, end - _pieces.Length);
            _pieces.Append(bytes[..count]);
            bytes = bytes[count..];
            if (_pieces.Length == end)
            {
                _pieces.Flush();
                if (_pieces.Chunk.Complete() != _head.DigestOf(chunk))
                {
                    Rewind(Offset);
                    return false;
                }

                Count(end);
            }
        }

        return true;
    }

    /// <summary>
    /// Forgets what came behind an offset, because it comes again. Where that is more than the bytes that came last and not all, the digests of an upload are not
    /// found: the server reads it then.
    /// </summary>
    /// <param name="offset">Where a chunk begins, at most <see cref="Offset"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">No chunk begins there, or it is beyond the offset.</exception>
    public void Rewind(long offset)
    {
        if (offset < 0 || offset > Offset || (offset % _head.ChunkLength != 0 && offset != _head.Length))
        {
            throw Throw.NoChunkBegins(nameof(offset));
        }

        UploadRanges? upload = offset == _last.Offset ? _last.Upload : offset == _before.Offset ? _before.Upload : null;
        foreach (UploadRanges? other in (UploadRanges?[])[_last.Upload, _before.Upload])
        {
            if (!ReferenceEquals(other, upload))
            {
                other?.Dispose();
            }
        }

        _last = _before = (offset, upload);

        Offset = offset;
        _pieces.GoOn(offset, upload?.Clone());
    }

    /// <summary>Returns the digests of an upload all of which came and is right, or null where it is not complete or no upload, or its beginning was forgotten.</summary>
    public UploadDigests? FindUploadDigests()
    {
        if (Offset != _head.Length)
        {
            return null;
        }

        using UploadRanges? upload = _last.Upload?.Clone();
        return upload?.Complete(Offset);
    }

    /// <summary>Counts a chunk that is right.</summary>
    private void Count(long end)
    {
        if (!ReferenceEquals(_before.Upload, _last.Upload))
        {
            _last.Upload?.Dispose();
        }

        _last = (end, _pieces.Upload?.Clone());
        _pieces.Chunk!.Dispose();
        (_pieces.Chunk, Offset) = (null, end);
    }
}
