using System.Diagnostics;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>Message pieces are the digests of the pieces of a message that comes in parts of any length, and of what an upload has of them.</summary>
internal sealed class MessagePieces
{
    // As many pieces as are hashed side by side.
    private const int HeldLength = 16 * RangeDigest.PieceLength;

    private byte[] _held = [];
    private byte[] _digests = new byte[Digest.SizeInBytes];
    private int _heldCount;
    private long _hashed;
    private UploadRanges? _upload;

    /// <summary>The number of bytes that came.</summary>
    public long Length => _hashed + _heldCount;

    /// <summary>Takes the next bytes of the message.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_heldCount > 0)
        {
            int count = Math.Min(HeldLength - _heldCount, bytes.Length);
            Hold(bytes[..count]);
            bytes = bytes[count..];
            if (_heldCount < HeldLength)
            {
                return;
            }

            Flush();
        }

        int whole = bytes.Length / HeldLength * HeldLength;
        Hash(bytes[..whole]);
        Hold(bytes[whole..]);
    }

    /// <summary>Hashes what came. More may come only where that is whole pieces.</summary>
    public void Flush()
    {
        Hash(_held.AsSpan(0, _heldCount));
        _heldCount = 0;
    }

    /// <summary>Forgets what came behind a number of bytes, which are whole pieces or all that came.</summary>
    public void CutOff(long length)
    {
        Debug.Assert(length <= Length && (length == Length || length % RangeDigest.PieceLength == 0), "Pieces are whole.");
        _hashed = Math.Min(_hashed, length);
        _heldCount = (int)(length - _hashed);
    }

    /// <summary>Computes the digest of a range that begins with a piece and ends with one or with the message, all of which was hashed.</summary>
    public Digest DigestOf(long start, long length)
        => RangeDigest.Combine(start, length, _digests.AsSpan(checked((int)(start / RangeDigest.PieceLength * Digest.SizeInBytes)), RangeDigest.DigestsLengthOf(start, length)));

    /// <summary>Computes the digests of the update in a message that was hashed as a whole, or returns null where it is no upload.</summary>
    public UploadDigests? FindUpload() => _upload?.Complete(_digests, _hashed);

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        if (_held.Length == 0 && !bytes.IsEmpty)
        {
            _held = new byte[HeldLength];
        }

        bytes.CopyTo(_held.AsSpan(_heldCount));
        _heldCount += bytes.Length;
    }

    /// <summary>Hashes whole pieces, of which the last one of the message may be shorter.</summary>
    private void Hash(ReadOnlySpan<byte> pieces)
    {
        if (pieces.IsEmpty)
        {
            return;
        }

        Debug.Assert(_hashed % RangeDigest.PieceLength == 0, "Nothing comes behind the end of a message.");
        if (_hashed == 0)
        {
            // What stands before the update fits into a piece.
            _upload = UploadRanges.Find(pieces[..Math.Min(pieces.Length, RangeDigest.PieceLength)]);
        }

        int at = checked((int)(_hashed / RangeDigest.PieceLength * Digest.SizeInBytes));
        int length = RangeDigest.DigestsLengthOf(_hashed, pieces.Length);
        if (_digests.Length < at + length)
        {
            Array.Resize(ref _digests, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _digests.Length, (long)at + length))));
        }

        // Other threads have other parts of other messages, or of this one before it is hashed.
        RangeDigest.HashPieces(pieces, _hashed, _digests.AsMemory(at, length), degree: 1);
        _upload?.Visit(pieces, _hashed);
        _hashed += pieces.Length;
    }
}
