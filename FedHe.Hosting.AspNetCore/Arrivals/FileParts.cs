using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Hosting.AspNetCore.Arrivals;

/// <summary>Writes parts of a body to a file, each with one call of the system.</summary>
internal static class FileParts
{
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
}
