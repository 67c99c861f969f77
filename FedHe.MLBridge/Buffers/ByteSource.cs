using System.Buffers;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Buffers;

/// <summary>
/// A byte source gives access to encoded bytes at any offset, in the caller's memory or in the caller's stream from its
/// position at construction to its end.
/// </summary>
internal abstract class ByteSource
{
    public abstract long Length { get; }

    public static ByteSource Of(ReadOnlyMemory<byte> memory) => new MemorySource(memory);

    public static ByteSource Of(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.CanSeek && stream.CanRead ? new StreamSource(stream) : throw Throw.StreamNotSeekable(nameof(stream));
    }

    /// <summary>Returns bytes that lie within the source. Bytes in memory are not copied.</summary>
    /// <exception cref="IOException">The stream cannot be read, or it has become shorter.</exception>
    public abstract ByteLease Read(long offset, int count);

    private sealed class MemorySource(ReadOnlyMemory<byte> memory) : ByteSource
    {
        public override long Length => memory.Length;

        public override ByteLease Read(long offset, int count) => new(memory.Slice((int)offset, count), rented: null);
    }

    private sealed class StreamSource(Stream stream) : ByteSource
    {
        private readonly Lock _reading = new();
        private readonly long _start = stream.Position;

        public override long Length { get; } = Math.Max(0, stream.Length - stream.Position);

        public override ByteLease Read(long offset, int count)
        {
            byte[] rented = ArrayPool<byte>.Shared.Rent(count);
            try
            {
                lock (_reading)
                {
                    stream.Position = _start + offset;
                    stream.ReadExactly(rented, 0, count);
                }

                return new ByteLease(rented.AsMemory(0, count), rented);
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(rented);
                throw;
            }
        }
    }
}
