using System.Buffers;

namespace FedHe.MLBridge.Buffers;

/// <summary>
/// A stream buffer collects written bytes in one pooled buffer and writes them to its stream whenever the buffer is
/// full.
/// </summary>
internal sealed class StreamBuffer(Stream stream) : IBufferWriter<byte>, IDisposable
{
    private const int SmallestBuffer = 1 << 16;

    private byte[] _buffer = [];
    private int _count;

    public void Advance(int count) => _count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(1, sizeHint));
        return _buffer.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Flush()
    {
        stream.Write(_buffer, 0, _count);
        _count = 0;
    }

    /// <summary>Returns the buffer to its pool. Bytes that were not flushed are lost.</summary>
    public void Dispose()
    {
        Release();
        _count = 0;
    }

    private void MakeRoom(int size)
    {
        if (_buffer.Length - _count >= size)
        {
            return;
        }

        Flush();
        if (_buffer.Length < size)
        {
            Release();
            _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(size, SmallestBuffer));
        }
    }

    private void Release()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }
}
