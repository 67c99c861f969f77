using System.Globalization;
using System.IO.Compression;

namespace FedHe.Learning.Data;

/// <summary>A bounded file is plain or gzip-compressed and is read without ever holding more than a limit.</summary>
internal static class BoundedFile
{
    /// <summary>The largest length in bytes, after decompression, of a file that is read.</summary>
    public const int MaximumLength = 1 << 30;

    /// <summary>Reads the whole content of a file.</summary>
    /// <exception cref="DatasetFormatException">The file cannot be read or is too large.</exception>
    public static byte[] ReadAll(string path) => Guard(path, () =>
    {
        using Stream stream = Open(path);
        using var content = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            if (content.Length + count > MaximumLength)
            {
                throw DatasetFormatException.In(
                    path,
                    $"the file holds more than {MaximumLength >> 20} MiB. Use a part of it.");
            }

            content.Write(buffer, 0, count);
        }

        return content.ToArray();
    });

    /// <summary>Reads the first bytes of a file, or all of them if the file is shorter.</summary>
    /// <exception cref="DatasetFormatException">The file cannot be read.</exception>
    public static byte[] ReadStart(string path, int count) => Guard(path, () =>
    {
        using Stream stream = Open(path);
        byte[] start = new byte[count];
        return start[..stream.ReadAtLeast(start, count, throwOnEndOfStream: false)];
    });

    /// <summary>Opens a file for reading; content that starts like gzip is decompressed, whatever the file's
    /// name.</summary>
    public static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        bool compressed = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        return compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>Refuses data that needs more memory than the process may still use.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">The bytes that the data takes in memory.</param>
    /// <param name="what">The data in words.</param>
    /// <exception cref="DatasetFormatException">The data does not fit.</exception>
    public static void CheckMemory(string path, long bytes, string what)
    {
        // The list of features is one array of floats.
        long limit = (long)sizeof(float) * MaximumLength;
        long available = Math.Max(0, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetTotalMemory(forceFullCollection: false));
        if (bytes > Math.Min(limit, available))
        {
            throw DatasetFormatException.In(path, string.Create(
                CultureInfo.InvariantCulture,
                $"{what} take {bytes >> 20} MiB of memory, and {Math.Min(limit, available) >> 20} MiB can be used. Use fewer rows or columns."));
        }
    }

    /// <summary>Runs a read and turns its failures into messages for the user.</summary>
    public static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetFormatException($"{path}: there is no such file or folder. Check the path.", exception);
        }
        catch (InvalidDataException exception)
        {
            throw new DatasetFormatException(
                $"{Path.GetFileName(path)}: the compressed data is damaged. Download or copy the file again.",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatasetFormatException(
                $"{Path.GetFileName(path)}: the file cannot be read: {exception.Message}",
                exception);
        }
    }
}
