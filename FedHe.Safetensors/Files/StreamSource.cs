namespace FedHe.Safetensors.Files;

/// <summary>A seekable stream of the caller's, which stays open.</summary>
internal sealed class StreamSource(Stream stream) : IByteSource
{
    private readonly long _start = stream.Position;

    public long Length => stream.Length - _start;

    public bool TryRead(long offset, Span<byte> destination)
    {
        stream.Position = _start + offset;
        return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) == destination.Length;
    }

    public void Dispose()
    {
        // The stream is the caller's.
    }
}
