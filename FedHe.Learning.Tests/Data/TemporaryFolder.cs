using System.IO.Compression;
using System.Text;

namespace FedHe.Learning.Tests.Data;

/// <summary>A folder for one test's files.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Location { get; } = Directory.CreateTempSubdirectory("fedhe-").FullName;

    public string Write(string name, ReadOnlySpan<byte> content)
    {
        string path = Path.Combine(Location, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    public string WriteCompressed(string name, byte[] content) => Write(name, Compress(content));

    public static byte[] Compress(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return buffer.ToArray();
    }

    public void Dispose() => Directory.Delete(Location, recursive: true);
}
