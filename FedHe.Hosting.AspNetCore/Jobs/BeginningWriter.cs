using System.Buffers;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A beginning writer passes on what an object writes, and keeps the beginning.</summary>
/// <param name="length">The length of the beginning, in bytes.</param>
internal sealed class BeginningWriter(int length) : IBufferWriter<byte>
{
    private readonly ArrayBufferWriter<byte> _beginning = new();
    private IBufferWriter<byte>? _inner;
    private Memory<byte> _part;

    /// <summary>The beginning of what was written.</summary>
    public ReadOnlySpan<byte> Bytes => _beginning.WrittenSpan;

    /// <summary>The length of what was written, in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Passes on to another writer.</summary>
    public BeginningWriter Over(IBufferWriter<byte> inner)
    {
        _beginning.ResetWrittenCount();
        Length = 0;
        _inner = inner;
        return this;
    }

    public void Advance(int count)
    {
        _beginning.Write(_part.Span[..Math.Min(count, length - _beginning.WrittenCount)]);
        _inner!.Advance(count);
        Length += count;
        _part = _part[count..];
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _part = _inner!.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
