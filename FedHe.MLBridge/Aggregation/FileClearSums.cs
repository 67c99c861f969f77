using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.SumFiles;

namespace FedHe.MLBridge.Aggregation;

/// <summary>File clear sums are the sums of values in clear in the file of a sum, of which the block that was read last is kept.</summary>
/// <param name="parts">The parts of the sum, which this object does not own.</param>
/// <param name="firstPart">The part of the first block.</param>
/// <param name="count">The number of sums.</param>
/// <param name="age">The number of updates in them.</param>
internal sealed class FileClearSums(SumParts parts, int firstPart, long count, int age) : ClearIntegers(count)
{
    /// <summary>The number of sums in every part but the last, a multiple of <see cref="ClearIntegers.BlockLength"/>.</summary>
    public const int PartLength = 1 << 16;

    private readonly Lock _gate = new();
    private readonly long[] _sums = new long[(int)Math.Min(count, PartLength)];
    private long _part = -1;

    /// <summary>Computes the number of parts for a number of sums.</summary>
    public static int PartsOf(long count) => (int)((count + PartLength - 1) / PartLength);

    /// <summary>Computes the number of sums in a part.</summary>
    public static int LengthOf(int part, long count) => (int)Math.Min(PartLength, count - ((long)part * PartLength));

    public override void CopyTo(long first, Span<long> destination)
    {
        lock (_gate)
        {
            while (!destination.IsEmpty)
            {
                Load((int)(first / PartLength));
                Span<long> sums = _sums.AsSpan((int)(first % PartLength)..Math.Min(_sums.Length, (int)(first % PartLength) + destination.Length));
                sums.CopyTo(destination);
                destination = destination[sums.Length..];
                first += sums.Length;
            }
        }
    }

    public override void Dispose()
    {
        // The segments own the file.
    }

    private void Load(int part)
    {
        if (_part == part)
        {
            return;
        }

        _part = -1;
        using ByteLease bytes = parts.Read(firstPart + part, age);
        WireIntegers.Read(bytes.Span, sizeof(long), _sums.AsSpan(0, LengthOf(part, Count)));
        _part = part;
    }
}
