using System.Buffers;

namespace FedHe.Orchestration.Files;

/// <summary>A stream buffer writes to a stream what an object writes, a part at a time. What is left is written by <see cref="Flush"/>.</summary>
/// <param name="stream">The stream.</param>
internal sealed class StreamBuffer(Stream stream) : IBufferWriter<byte>
{
    private const int PartLength = 256 * 1024;

    private byte[] _part = new byte[PartLength];
    private int _count;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _part.Length - _count);
        _count += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_part.Length - _count < Math.Max(sizeHint, 1))
        {
            Flush();
            _part = _part.Length < sizeHint ? new byte[sizeHint] : _part;
        }

        return _part.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Flush()
    {
        stream.Write(_part, 0, _count);
        _count = 0;
    }
}
