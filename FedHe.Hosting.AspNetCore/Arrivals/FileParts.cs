using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Hosting.AspNetCore.Arrivals;

/// <summary>Writes parts of a body to a file, and reads the whole again.</summary>
internal static class FileParts
{
    /// <summary>Writes a part with one call of the system.</summary>
    public static ValueTask WriteAsync(this SafeFileHandle file, ReadOnlySequence<byte> part, long at, CancellationToken cancellationToken)
    {
        if (part.IsSingleSegment)
        {
            return RandomAccess.WriteAsync(file, part.First, at, cancellationToken);
        }

        var buffers = new List<ReadOnlyMemory<byte>>();
        foreach (ReadOnlyMemory<byte> buffer in part)
        {
            buffers.Add(buffer);
        }

        return RandomAccess.WriteAsync(file, buffers, at, cancellationToken);
    }

    /// <summary>Reads the beginning of a file.</summary>
    /// <exception cref="EndOfStreamException">The file is shorter.</exception>
    public static void ReadExactly(this SafeFileHandle file, Span<byte> destination)
    {
        for (int at = 0; at < destination.Length;)
        {
            int read = RandomAccess.Read(file, destination[at..], at);
            at += read > 0 ? read : throw new EndOfStreamException();
        }
    }
}
