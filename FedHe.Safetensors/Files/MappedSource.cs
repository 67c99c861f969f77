using System.IO.MemoryMappedFiles;

namespace FedHe.Safetensors.Files;

/// <summary>A file that lies in the address space of the process.</summary>
internal sealed class MappedSource : IByteSource
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;

    public MappedSource(string path)
    {
        // An empty file cannot be mapped, and is refused like any other that ends too early.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        Length = stream.Length;
        if (Length > 0)
        {
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        }
    }

    public long Length { get; }

    public bool TryRead(long offset, Span<byte> destination)
    {
        if (offset > Length - destination.Length)
        {
            return false;
        }

        if (!destination.IsEmpty)
        {
            _view!.SafeMemoryMappedViewHandle.ReadSpan((ulong)(_view.PointerOffset + offset), destination);
        }

        return true;
    }

    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }
}
