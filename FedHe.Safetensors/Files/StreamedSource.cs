using Microsoft.Win32.SafeHandles;

namespace FedHe.Safetensors.Files;

/// <summary>A file that is read range by range.</summary>
internal sealed class StreamedSource(string path) : IByteSource
{
    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);

    public long Length => RandomAccess.GetLength(_file);

    public bool TryRead(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(_file, destination, offset);
            if (read == 0)
            {
                return false;
            }

            destination = destination[read..];
            offset += read;
        }

        return true;
    }

    public void Dispose() => _file.Dispose();
}
