using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>A memory store keeps one accumulator for each segment, and the sums in clear, in memory.</summary>
internal sealed class MemoryStore : SumStore
{
    // How many segments of an update are in memory at a time, at most.
    private const int MostSegments = 4;

    // The number of threads that add segments, each of which holds one: the next is read while others are added.
    private readonly int _degree;
    private readonly IAccumulator[] _sums;
    private readonly ClearSums _clear;
    private bool _isHandedOver;

    public MemoryStore(HePublicContext context, SegmentPlan plan, long clearCount)
    {
        _degree = context.MaxDegreeOfParallelism is > 0 and < MostSegments and int degree ? degree : MostSegments;
        _clear = new ClearSums(clearCount);
        _sums = new IAccumulator[plan.Count];
        for (int i = 0; i < _sums.Length; i++)
        {
            _sums[i] = context.Evaluator.CreateAccumulator(plan.LengthOf(i));
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Only the first segment can be refused for what it states: the others have the same key, form and bound, and
    /// their sums have the same history, so they pass whatever checks it passes.
    /// </remarks>
    public override void Fold(EncryptedModelUpdate update, long multiplier, RunningTotals totals)
    {
        if (_sums.Length > 0)
        {
            AddSegment(update, segment: 0, multiplier);
        }

        try
        {
            ParallelRanges.Run(
                Math.Max(0, _sums.Length - 1),
                _degree,
                (first, end) =>
                {
                    for (int i = first; i < end; i++)
                    {
                        AddSegment(update, 1 + i, multiplier);
                    }
                });

            update.Clear.ForEachBlock(
                (Sums: _clear, Weight: multiplier, IsFirst: totals.Updates == 1),
                static (first, integers, to) => ClearPart.Fold(integers, to.Weight, to.Sums.Block(first, integers.Length), to.IsFirst));
        }
        catch (Exception cause)
        {
            throw new AggregationBrokenException(cause);
        }
    }

    public override (ClearIntegers Clear, SegmentSet Segments) Snapshot() => (_clear, new SnapshotSegments(_sums));

    public override (ClearIntegers Clear, SegmentSet Segments) Complete(Func<EncryptedVector, EncryptedVector>? compress)
    {
        EncryptedVector[] sums = [.. _sums.Select(sum => compress is null ? sum.Complete() : compress(sum.Complete()))];
        _isHandedOver = true;
        return (_clear, new HeldSegments(sums));
    }

    public override void Load(AggregateContent content, IReadOnlyCollection<UploadSlot> slots)
    {
        for (int i = 0; i < _sums.Length; i++)
        {
            using SegmentLease lease = content.Segments.Open(i);
            _sums[i].Add(lease.Vector);
        }

        content.ClearSums.ForEachBlock(_clear, static (first, integers, sums) => integers.CopyTo(sums.Block(first, integers.Length)));
    }

    public override void Dispose()
    {
        if (!_isHandedOver)
        {
            _isHandedOver = true;
            _clear.Dispose();
        }

        Array.ForEach(_sums, sum => sum.Dispose());
    }

    private void AddSegment(EncryptedModelUpdate update, int segment, long multiplier)
    {
        using SegmentLease lease = update.Segments.Open(segment);
        _sums[segment].Add(lease.Vector, multiplier);
    }
}
