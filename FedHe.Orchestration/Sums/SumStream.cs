using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Sums;

/// <summary>A sum stream reads sum bytes: those in memory, the aggregate, and what is behind it.</summary>
/// <param name="beginning">The first bytes.</param>
/// <param name="aggregate">The aggregate, which the stream owns, or null where all bytes are in memory.</param>
/// <param name="end">The last bytes.</param>
internal sealed class SumStream(ReadOnlyMemory<byte> beginning, Stream? aggregate, ReadOnlyMemory<byte> end) : ReadStream
{
    /// <summary>The number of bytes that are in memory at a time where a stream is read to its end.</summary>
    public const int PartLength = 256 * 1024;

    private readonly long _endStart = beginning.Length + (aggregate?.Length ?? 0);

    public override long Length => _endStart + end.Length;

    public override int Read(Span<byte> buffer)
    {
        int count;
        if (Position < beginning.Length)
        {
            count = Copy(beginning.Span[(int)Position..], buffer);
        }
        else if (Position < _endStart)
        {
            aggregate!.Position = Position - beginning.Length;
            count = aggregate.Read(buffer);
        }
        else
        {
            count = Copy(end.Span[(int)Math.Min(Position - _endStart, end.Length)..], buffer);
        }

        Position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        aggregate?.Dispose();
        base.Dispose(disposing);
    }

    private static int Copy(ReadOnlySpan<byte> source, Span<byte> buffer)
    {
        int count = Math.Min(source.Length, buffer.Length);
        source[..count].CopyTo(buffer);
        return count;
    }
}
