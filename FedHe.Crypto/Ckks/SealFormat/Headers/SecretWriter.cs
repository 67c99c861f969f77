using System.Buffers;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Ckks.SealFormat.Headers;

/// <summary>Collects a known number of bytes in pinned memory, which is zeroed on dispose.</summary>
internal sealed class SecretWriter(int length) : IBufferWriter<byte>, IDisposable
{
    private readonly byte[] _bytes = SecretMemory.Allocate<byte>(length);
    private int _count;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    public void Advance(int count) => _count += count;

    public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(_count);

    public Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(_count);

    public void Dispose() => SecretMemory.Zero<byte>(_bytes);
}
