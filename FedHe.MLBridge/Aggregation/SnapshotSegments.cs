using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Aggregation;

/// <summary>The segments of an unfinished aggregation, copied one at a time when they are opened.</summary>
internal sealed class SnapshotSegments(IAccumulator[] sums) : SegmentSet(sums.Length, default, largestError: 0, Measure(sums))
{
    public override int LengthOf(int index)
    {
        using SegmentLease lease = Open(index);
        return FrameLength + lease.Vector.EncodedLength;
    }

    public override SegmentLease Open(int index) => new(sums[index].Snapshot(), isOwned: true);

    public override void Write(int index, IBufferWriter<byte> destination)
    {
        using SegmentLease lease = Open(index);
        Write(index, lease.Vector, destination);
    }

    public override void Dispose()
    {
        // The aggregation owns the sums.
    }

    private static long Measure(IAccumulator[] sums)
    {
        long length = 0;
        foreach (IAccumulator sum in sums)
        {
            using EncryptedVector snapshot = sum.Snapshot();
            length += FrameLength + snapshot.EncodedLength;
        }

        return length;
    }
}
