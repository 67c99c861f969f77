using System.Buffers;

namespace FedHe.Hosting.Folders;

/// <summary>A file buffer writes to a file what an object writes, a part at a time, and keeps the beginning.</summary>
/// <param name="headLength">The length of the beginning, in bytes.</param>
internal sealed class FileBuffer(int headLength) : IBufferWriter<byte>
{
    private const int PartLength = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _head = new();
    private byte[] _part = new byte[PartLength];
    private int _count;

    /// <summary>The file.</summary>
    public FileStream? File { get; set; }

    /// <summary>The beginning of what was written.</summary>
    public ReadOnlySpan<byte> Head => _head.WrittenSpan;

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

    /// <summary>Hands the system what has been written so far.</summary>
    public void Flush()
    {
        ReadOnlySpan<byte> part = _part.AsSpan(0, _count);
        _head.Write(part[..Math.Min(part.Length, headLength - _head.WrittenCount)]);
        File!.Write(part);
        _count = 0;
    }
}
