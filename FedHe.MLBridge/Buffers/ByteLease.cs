using System.Buffers;

namespace FedHe.MLBridge.Buffers;

/// <summary>Bytes of a source, for as long as the lease is not disposed.</summary>
internal readonly struct ByteLease(ReadOnlyMemory<byte> bytes, byte[]? rented) : IDisposable
{
    public ReadOnlySpan<byte> Span => bytes.Span;

    public void Dispose()
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
