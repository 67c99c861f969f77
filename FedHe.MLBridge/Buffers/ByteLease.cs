using System.Buffers;

namespace FedHe.MLBridge.Buffers;

/// <summary>A byte lease gives access to bytes of a source until it is disposed.</summary>
internal readonly struct ByteLease(ReadOnlyMemory<byte> bytes, byte[]? rented) : IDisposable
{
    public ReadOnlyMemory<byte> Memory => bytes;

    public ReadOnlySpan<byte> Span => bytes.Span;

    public void Dispose()
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
