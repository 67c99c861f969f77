using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;

namespace FedHe.MLBridge.Segments;

/// <summary>
/// Encoded segments are segments in a byte source. All of them were checked once; each is decoded, and checked again as
/// far as its reader says, when it is opened.
/// </summary>
internal sealed class EncodedSegments : SegmentSet
{
    private const int PayloadLengthOffset = FrameLength + WireHeader.SizeInBytes - sizeof(long);

    private readonly ByteSource _source;
    private readonly SegmentReader _reader;

    // The offset of each segment, and the end of the last one.
    private readonly long[] _offsets;
    private readonly VectorBound _firstBound;
    private bool _isDisposed;

    private EncodedSegments(
        ByteSource source, SegmentReader reader, long[] offsets, KeyId keyId, VectorBound firstBound, double largestError)
        : base(reader.Plan.Count, keyId, largestError, offsets[^1] - offsets[0])
    {
        _source = source;
        _reader = reader;
        _offsets = offsets;
        _firstBound = firstBound;
    }

    /// <summary>Checks that the rest of the source is the segments of a plan, and keeps none of their values.</summary>
    public static EncodedSegments? TryRead(ByteSource source, long start, SegmentReader reader, out FormatError reason)
    {
        var offsets = new long[reader.Plan.Count + 1];
        offsets[0] = start;
        KeyId keyId = default;
        VectorBound firstBound = default;
        double largestError = 0;
        for (int i = 0; i < reader.Plan.Count; i++)
        {
            long length = FrameLength + MeasureVector(source, offsets[i], reader, out reason);
            if (reason != FormatError.None)
            {
                return null;
            }

            offsets[i + 1] = offsets[i] + length;
            using ByteLease bytes = source.Read(offsets[i], (int)length);
            using EncryptedVector? vector = reader.TryCheck(i, bytes.Memory, out reason);
            if (vector is null)
            {
                return null;
            }

            (keyId, firstBound) = i == 0 ? (vector.KeyId, vector.Bound) : (keyId, firstBound);
            largestError = Math.Max(largestError, vector.Bound.ErrorBound);
            if (!reader.Match(vector, keyId, firstBound))
            {
                reason = FormatError.Inconsistent;
                return null;
            }
        }

        reason = offsets[^1] == source.Length ? FormatError.None : FormatError.TrailingBytes;
        return reason == FormatError.None
            ? new EncodedSegments(source, reader, offsets, keyId, firstBound, largestError)
            : null;
    }

    public override int LengthOf(int index) => (int)(_offsets[index + 1] - _offsets[index]);

    public override SegmentLease Open(int index)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ByteLease bytes = _source.Read(_offsets[index], (int)(_offsets[index + 1] - _offsets[index]));
        EncryptedVector? vector = _reader.TryRead(index, bytes.Memory, out FormatError reason);
        if (vector is not null && !_reader.Match(vector, KeyId, _firstBound))
        {
            vector.Dispose();
            vector = null;
            reason = FormatError.Inconsistent;
        }

        if (vector is not null)
        {
            return new SegmentLease(vector, isOwned: true, bytes);
        }

        bytes.Dispose();
        throw new HeFormatException(reason, "segment");
    }

    public override void Write(int index, IBufferWriter<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using ByteLease bytes = _source.Read(_offsets[index], (int)(_offsets[index + 1] - _offsets[index]));
        destination.Write(bytes.Span);
    }

    public override void Dispose() => _isDisposed = true;

    /// <summary>
    /// Reads the length that a vector's header states, and checks that a segment may have that length and that the
    /// source contains as many bytes.
    /// </summary>
    private static long MeasureVector(ByteSource source, long offset, SegmentReader reader, out FormatError reason)
    {
        const int BeginningLength = FrameLength + WireHeader.SizeInBytes;
        if (source.Length - offset < BeginningLength)
        {
            reason = FormatError.Truncated;
            return 0;
        }

        using ByteLease beginning = source.Read(offset, BeginningLength);
        long payload = BinaryPrimitives.ReadInt64LittleEndian(beginning.Span[PayloadLengthOffset..]);
        bool isPossible = payload >= 0 && payload <= reader.MaxBytes - WireHeader.SizeInBytes;
        bool isThere = payload <= source.Length - offset - BeginningLength;
        reason = !isPossible ? FormatError.LimitExceeded : isThere ? FormatError.None : FormatError.Truncated;
        return WireHeader.SizeInBytes + payload;
    }
}
