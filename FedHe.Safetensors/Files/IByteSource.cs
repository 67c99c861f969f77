namespace FedHe.Safetensors.Files;

/// <summary>A byte source gives ranges of the bytes of a file.</summary>
internal interface IByteSource : IDisposable
{
    /// <summary>The length of the file when it was opened.</summary>
    long Length { get; }

    /// <summary>Fills a span with the bytes from an offset on; false where the file ends before.</summary>
    bool TryRead(long offset, Span<byte> destination);
}
