using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>Message pieces are the pieces of a message that comes in parts of any length: they are hashed in groups, and handed to the ranges that need them.</summary>
internal sealed class MessagePieces
{
    private byte[] _held = [];
    private int _heldCount;
    private long _hashed;

    /// <summary>The number of bytes that came.</summary>
    public long Length => _hashed + _heldCount;

    /// <summary>The chunk that comes, which begins with a piece, or null.</summary>
    public RangeHasher? Chunk { get; set; }

    /// <summary>The ranges of the message where it is an upload, or null. They are found in its first piece.</summary>
    public UploadRanges? Upload { get; private set; }

    /// <summary>Takes the next bytes of the message.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_heldCount > 0)
        {
            int count = Math.Min(RangeDigest.GroupLength - _heldCount, bytes.Length);
            Hold(bytes[..count]);
            bytes = bytes[count..];
            if (_heldCount < RangeDigest.GroupLength)
            {
                return;
            }

            Flush();
        }

        int whole = bytes.Length / RangeDigest.GroupLength * RangeDigest.GroupLength;
        Hash(bytes[..whole]);
        Hold(bytes[whole..]);
    }

    /// <summary>Hashes what came. More may come only where that is whole pieces.</summary>
    public void Flush()
    {
        Hash(_held.AsSpan(0, _heldCount));
        _heldCount = 0;
    }

    /// <summary>Goes on from a number of bytes, which are whole pieces or the whole message, with what its ranges had of it.</summary>
    public void GoOn(long length, UploadRanges? upload)
    {
        Upload?.Dispose();
        Chunk?.Dispose();
        (_hashed, _heldCount, Upload, Chunk) = (length, 0, upload, null);
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        int count = _heldCount + bytes.Length;
        if (count > _held.Length)
        {
            // Short messages need little of it.
            Array.Resize(ref _held, Math.Min(RangeDigest.GroupLength, Math.Max(2 * _held.Length, count)));
        }

        bytes.CopyTo(_held.AsSpan(_heldCount));
        _heldCount = count;
    }

    /// <summary>Hashes whole pieces, of which the last one of the message may be shorter.</summary>
    private void Hash(ReadOnlySpan<byte> pieces)
    {
        if (_hashed == 0 && !pieces.IsEmpty)
        {
            // What stands before the update fits into a piece.
            Upload = UploadRanges.Find(pieces[..Math.Min(pieces.Length, RangeDigest.PieceLength)]);
        }

        if (Upload is not null || Chunk is not null)
        {
            // One thread for each message: others have messages of other clients.
            RangeDigest.Visit(pieces, _hashed, degree: 1, (some, at, digests) =>
            {
                Chunk?.Visit(some, at, digests);
                Upload?.Visit(some, at, digests);
            });
        }

        _hashed += pieces.Length;
    }
}
