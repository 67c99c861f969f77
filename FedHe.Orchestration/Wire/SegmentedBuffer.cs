using System.Buffers;
using System.Buffers.Binary;

namespace FedHe.Orchestration.Wire;

/// <summary>
/// A segmented buffer takes bytes in arrays that it never copies: a long state would stand in memory several times while one array grows under it, and
/// again for each part whose length stands before it. The arrays are pooled, and what was in them is public: ciphertexts, tags and signatures.
/// </summary>
internal sealed class SegmentedBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstSegment = 4 * 1024;
    private const int LongestSegment = 1024 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _full = [];
    private readonly List<byte[]> _rented = [];
    private byte[] _segment = [];
    private int _begun;
    private int _written;

    /// <summary>The number of bytes that were written.</summary>
    public long Length { get; private set; }

    /// <summary>The bytes, in their order.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Parts => _written == _begun ? _full : _full.Append(_segment.AsMemory(_begun, _written - _begun));

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _segment.Length - _written);
        _written += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_segment.Length - _written < Math.Max(sizeHint, 1))
        {
            EndPart();
            int length = Math.Max(sizeHint, (int)Math.Clamp(Length, FirstSegment, LongestSegment));
            (_segment, _begun, _written) = (ArrayPool<byte>.Shared.Rent(length), 0, 0);
            _rented.Add(_segment);
        }

        return _segment.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Writes bytes without copying them: nobody may change them as long as the buffer is used.</summary>
    public void WriteShared(ReadOnlyMemory<byte> bytes)
    {
        EndPart();
        _full.Add(bytes);
        Length += bytes.Length;
    }

    /// <summary>Writes four bytes that get the length of what is written until the object is disposed.</summary>
    public LengthPrefix WithLength()
    {
        Memory<byte> prefix = GetMemory(sizeof(int))[..sizeof(int)];
        Advance(sizeof(int));
        return new LengthPrefix(this, prefix, Length);
    }

    public void Dispose()
    {
        _rented.ForEach(segment => ArrayPool<byte>.Shared.Return(segment));
        _rented.Clear();
        _full.Clear();
        (_segment, _begun, _written) = ([], 0, 0);
    }

    private void EndPart()
    {
        if (_written > _begun)
        {
            _full.Add(_segment.AsMemory(_begun, _written - _begun));
            _begun = _written;
        }
    }

    /// <summary>A length that stands before what is written next.</summary>
    internal readonly struct LengthPrefix(SegmentedBuffer buffer, Memory<byte> prefix, long start) : IDisposable
    {
        public void Dispose() => BinaryPrimitives.WriteInt32LittleEndian(prefix.Span, checked((int)(buffer.Length - start)));
    }
}
