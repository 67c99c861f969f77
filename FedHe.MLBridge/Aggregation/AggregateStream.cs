using System.Buffers;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Aggregation;

/// <summary>An aggregate stream encodes an aggregate where it is read, a segment or a block of sums in clear at a time.</summary>
internal sealed class AggregateStream : Stream
{
    private readonly ReadOnlyMemory<byte> _head;
    private readonly ClearIntegers _clear;
    private readonly SegmentSet _segments;

    // Where each segment begins, and the end of the last one.
    private readonly long[] _offsets;
    private readonly ArrayBufferWriter<byte> _part = new();

    // What is in the buffer: from where on, or -1 for nothing.
    private long _partStart = -1;

    /// <summary>Opens an aggregate.</summary>
    /// <param name="head">The bytes before the sums in clear.</param>
    /// <param name="clear">The sums in clear.</param>
    /// <param name="segments">The segments.</param>
    public AggregateStream(ReadOnlyMemory<byte> head, ClearIntegers clear, SegmentSet segments)
    {
        (_head, _clear, _segments) = (head, clear, segments);
        _offsets = new long[segments.Count + 1];
        _offsets[0] = head.Length + (sizeof(long) * clear.Count);
        for (int i = 0; i < segments.Count; i++)
        {
            _offsets[i + 1] = _offsets[i] + segments.LengthOf(i);
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _offsets[^1];

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || Position >= Length)
        {
            return 0;
        }

        ReadOnlySpan<byte> there = Position < _head.Length ? _head.Span[(int)Position..] : PartAt(Position);
        int count = Math.Min(there.Length, buffer.Length);
        there[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin)
        => Position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            _ => Length,
        };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Returns the rest of the part that has a position behind the head.</summary>
    private ReadOnlySpan<byte> PartAt(long position)
    {
        if (_partStart < 0 || position < _partStart || position >= _partStart + _part.WrittenCount)
        {
            _partStart = -1;
            _part.ResetWrittenCount();
            _partStart = position < _offsets[0] ? WriteClear(position) : WriteSegment(position);
        }

        return _part.WrittenSpan[(int)(position - _partStart)..];
    }

    private long WriteClear(long position)
    {
        long first = (position - _head.Length) / sizeof(long) / ClearIntegers.BlockLength * ClearIntegers.BlockLength;
        var integers = new long[(int)Math.Min(ClearIntegers.BlockLength, _clear.Count - first)];
        _clear.CopyTo(first, integers);
        ClearIntegers.Write(integers, sizeof(long), _part);
        return _head.Length + (sizeof(long) * first);
    }

    private long WriteSegment(long position)
    {
        int found = Array.BinarySearch(_offsets, position);
        int index = found >= 0 ? found : ~found - 1;
        _segments.Write(index, _part);
        return _offsets[index];
    }
}
