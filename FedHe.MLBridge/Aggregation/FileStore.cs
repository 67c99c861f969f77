using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.SumFiles;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>A file store keeps the sums in a file, and one segment of them in memory.</summary>
/// <remarks>
/// A sum in the file is what a saved sum has for its segment, so that adding an update to it takes its turn through any scheme's own accumulator. Batches of segments
/// become durable together with the mark of how far the update is; see <see cref="SumParts"/>.
/// </remarks>
internal sealed class FileStore : SumStore
{
    private readonly HePublicContext _context;
    private readonly SegmentPlan _plan;
    private readonly SegmentReader _reader;
    private readonly long _clearCount;
    private readonly SumParts _parts;
    private readonly ArrayBufferWriter<byte> _part = new();
    private readonly long[] _integers = new long[ClearIntegers.BlockLength];
    private bool _isHandedOver;

    private FileStore(HePublicContext context, SegmentPlan plan, long clearCount, SumParts parts)
    {
        _context = context;
        _plan = plan;
        _clearCount = clearCount;
        _parts = parts;
        _reader = new SegmentReader(context.Reader, plan, WireLimits.Default.MaxBytes, oneBound: false, _ => FormatError.None);
    }

    public override UploadSlot? Pending => _parts.Mark.Pending;

    public override bool IsComplete => _parts.Mark.Phase is SumPhase.Completing or SumPhase.Complete;

    /// <summary>How far the sum is.</summary>
    public SumMark Mark => _parts.Mark;

    /// <summary>The updates in the sum.</summary>
    public IReadOnlyList<SumUpdate> Updates => _parts.Updates;

    private int PartCount => PartsOf(_plan, _clearCount);

    /// <summary>Creates the head of the file of a sum.</summary>
    /// <param name="context">The public context of the sum.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="referenceWeight">The weight that counts fully where clients multiply.</param>
    /// <param name="batchLength">The number of parts that change together, or null for as many as fit 32 MiB.</param>
    public static SumHead HeadOf(HePublicContext context, AggregationTerms terms, long referenceWeight, int? batchLength = null)
    {
        var plan = SegmentPlan.Of(terms.VectorLength, context.Parameters);
        int segment = plan.Count > 0 ? SegmentSet.FrameLength + FreshBounds.Of(context).MaxSegmentBytes : 0;
        int clear = sizeof(long) * (int)Math.Min(FileClearSums.PartLength, terms.Mask.ClearCount);
        int parts = PartsOf(plan, terms.Mask.ClearCount);
        int length = Math.Max(segment, clear);
        return new SumHead(
            terms.ParametersIdOf(context.Parameters), terms.Digest, referenceWeight, parts, length, batchLength ?? SumHead.BatchLengthOf(parts, length));
    }

    /// <summary>Begins an empty sum, or opens one, in a file that the store owns.</summary>
    /// <param name="context">The public context of the sum.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="parts">The parts.</param>
    public static FileStore Of(HePublicContext context, AggregationTerms terms, SumParts parts)
        => new(context, SegmentPlan.Of(terms.VectorLength, context.Parameters), terms.Mask.ClearCount, parts);

    /// <inheritdoc/>
    public override void Fold(EncryptedModelUpdate update, long multiplier, RunningTotals totals)
    {
        SumMark mark = _parts.Mark;
        if (mark.Pending is not null)
        {
            RequireBeginning(update, mark);
        }

        int before = mark.Updates;
        bool hasChanged = mark.Pending is not null;
        try
        {
            for (int next = mark.Done; next < PartCount;)
            {
                int end = Math.Min(next + _parts.BatchLength, PartCount);
                Digest chain = mark.Chain;
                _parts.Begin(next);
                for (; next < end; next++)
                {
                    chain = Follow(chain, Fold(update, next, multiplier, before));
                    _parts.Append(_part.WrittenSpan, before + 1);
                }

                // A commit that does not return may have changed some places.
                hasChanged = true;
                if (next < PartCount)
                {
                    mark = mark with { Pending = update.Slot, PendingWeight = update.Weight ?? 0, Done = next, Chain = chain };
                    _parts.Commit(mark);
                }
                else
                {
                    mark = new SumMark { Updates = totals.Updates, TotalWeight = totals.Weight, TotalFactor = totals.Factor };
                    _parts.Commit(mark, new SumUpdate(update.Slot, ContentOf(chain, update)));
                }
            }
        }
        catch (Exception cause) when (hasChanged && cause is not SumFileException)
        {
            _parts.Fail();
            throw new AggregationBrokenException(cause);
        }
    }

    public override bool Recognizes(EncryptedModelUpdate update)
        => _parts.Mark.Pending == update.Slot ? BeginsAsPending(update, _parts.Mark)
            : Updates.FirstOrDefault(known => known.Slot == update.Slot) is SumUpdate known && known.Content == ContentOf(ChainOf(update, PartCount), update);

    public override Digest? ContentOf(UploadSlot slot) => Updates.FirstOrDefault(known => known.Slot == slot)?.Content;

    public override (ClearIntegers Clear, SegmentSet Segments) Snapshot()
        => (new FileClearSums(_parts, _plan.Count, _clearCount, Mark.Updates), FileSegments.Of(_parts, _reader, Mark.Updates, ownsParts: false));

    public override (ClearIntegers Clear, SegmentSet Segments) Complete(Func<EncryptedVector, EncryptedVector>? compress)
    {
        SumMark mark = _parts.Mark;
        for (int next = compress is null || mark.Phase == SumPhase.Complete ? _plan.Count : mark.Done; next < _plan.Count;)
        {
            int end = Math.Min(next + _parts.BatchLength, _plan.Count);
            _parts.Begin(next);
            for (; next < end; next++)
            {
                // The compressed vector takes over what the lease holds of the sum, but for its bytes.
                using ByteLease bytes = _parts.Read(next, mark.Updates);
                using EncryptedVector sum = compress!(Decode(next, bytes));
                Write(next, sum);
                _parts.Append(_part.WrittenSpan, SumParts.Compressed);
            }

            mark = mark with { Phase = next < _plan.Count ? SumPhase.Completing : SumPhase.Complete, Done = next };
            _parts.Commit(mark);
        }

        if (mark.Phase != SumPhase.Complete)
        {
            _parts.Begin(0);
            _parts.Commit(mark with { Phase = SumPhase.Complete });
        }

        var segments = FileSegments.Of(_parts, _reader, compress is null ? mark.Updates : SumParts.Compressed, ownsParts: true);
        _isHandedOver = true;
        return (new FileClearSums(_parts, _plan.Count, _clearCount, mark.Updates), segments);
    }

    public override void Load(AggregateContent content, IReadOnlyCollection<UploadSlot> slots)
    {
        for (int next = 0; next < PartCount;)
        {
            int end = Math.Min(next + _parts.BatchLength, PartCount);
            _parts.Begin(next);
            for (; next < end; next++)
            {
                _part.ResetWrittenCount();
                Copy(content, next);
                _parts.Append(_part.WrittenSpan, content.Contributions);
            }

            _parts.Commit(_parts.Mark);
        }

        _parts.EndFilling(
            new SumMark { Updates = content.Contributions, TotalWeight = content.Weights.TotalWeight, TotalFactor = content.Weights.TotalFactor }, slots);
    }

    public override void LoadNothing() => _parts.EndFilling(SumMark.Empty, []);

    public override void Dispose()
    {
        if (!_isHandedOver)
        {
            _isHandedOver = true;
            _parts.Dispose();
        }
    }

    private static int PartsOf(SegmentPlan plan, long clearCount)
    {
        long count = plan.Count + ((clearCount + FileClearSums.PartLength - 1) / FileClearSums.PartLength);
        return count < Array.MaxLength ? (int)count : throw Throw.TooManySegments();
    }

    private static Digest Follow(Digest chain, Digest next)
    {
        Span<byte> both = stackalloc byte[2 * Digest.SizeInBytes];
        chain.CopyTo(both);
        next.CopyTo(both[Digest.SizeInBytes..]);
        return Digest.Compute(both);
    }

    /// <summary>Requires that an update begins with what was folded in of the pending one.</summary>
    /// <exception cref="UpdateRefusedException">It is another update.</exception>
    private void RequireBeginning(EncryptedModelUpdate update, SumMark mark)
    {
        if (!BeginsAsPending(update, mark))
        {
            throw new UpdateRefusedException(UpdateError.AnotherIsPending);
        }
    }

    private bool BeginsAsPending(EncryptedModelUpdate update, SumMark mark)
        => ChainOf(update, mark.Done) == mark.Chain && (update.Weight ?? 0) == mark.PendingWeight;

    /// <summary>Computes the digest of the first parts of an update.</summary>
    private Digest ChainOf(EncryptedModelUpdate update, int parts)
    {
        Digest chain = default;
        for (int part = 0; part < parts; part++)
        {
            chain = Follow(chain, DigestOf(update, part));
        }

        return chain;
    }

    private static Digest ContentOf(Digest chain, EncryptedModelUpdate update)
    {
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes + sizeof(long)];
        chain.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[Digest.SizeInBytes..], update.Weight ?? 0);
        return Digest.Compute(bytes);
    }

    private Digest DigestOf(EncryptedModelUpdate update, int part)
    {
        if (part < _plan.Count)
        {
            using SegmentLease lease = update.Segments.Open(part);
            return Digest.Of(lease.Vector.WriteTo);
        }

        _part.ResetWrittenCount();
        ForEachBlock(part, (first, integers) =>
        {
            update.Clear.CopyTo(first, integers);
            ClearIntegers.Write(integers, sizeof(int), _part);
        });
        return Digest.Compute(_part.WrittenSpan);
    }

    /// <summary>Leaves the sum with a part of an update in the buffer of a part, and returns the digest of what the update has there.</summary>
    private Digest Fold(EncryptedModelUpdate update, int part, long multiplier, int before)
        => part < _plan.Count ? FoldSegment(update, part, multiplier, before) : FoldClear(update, part, multiplier, before);

    private Digest FoldSegment(EncryptedModelUpdate update, int part, long multiplier, int before)
    {
        using SegmentLease lease = update.Segments.Open(part);
        using IAccumulator accumulator = _context.Evaluator.CreateAccumulator(_plan.LengthOf(part));
        if (before > 0)
        {
            using SegmentLease sumBefore = FileSegments.Open(_parts, _reader, part, before);
            accumulator.Add(sumBefore.Vector);
        }

        accumulator.Add(lease.Vector, multiplier);
        using EncryptedVector sum = accumulator.Complete();
        Write(part, sum);
        return Digest.Of(lease.Vector.WriteTo);
    }

    private Digest FoldClear(EncryptedModelUpdate update, int part, long multiplier, int before)
    {
        Digest digest = DigestOf(update, part);
        int length = FileClearSums.LengthOf(part - _plan.Count, _clearCount);
        long[] sums = ArrayPool<long>.Shared.Rent(length);
        if (before > 0)
        {
            using ByteLease sumsBefore = _parts.Read(part, before);
            WireIntegers.Read(sumsBefore.Span, sizeof(long), sums.AsSpan(0, length));
        }

        _part.ResetWrittenCount();
        int done = 0;
        ForEachBlock(part, (first, integers) =>
        {
            update.Clear.CopyTo(first, integers);
            Span<long> block = sums.AsSpan(done, integers.Length);
            ClearPart.Fold(integers, multiplier, block, isFirst: before == 0);
            ClearIntegers.Write(block, sizeof(long), _part);
            done += integers.Length;
        });
        ArrayPool<long>.Shared.Return(sums);
        return digest;
    }

    private delegate void BlockAction(long first, Span<long> integers);

    private void ForEachBlock(int part, BlockAction action)
    {
        long first = (long)(part - _plan.Count) * FileClearSums.PartLength;
        for (int left = FileClearSums.LengthOf(part - _plan.Count, _clearCount); left > 0;)
        {
            Span<long> integers = _integers.AsSpan(0, Math.Min(_integers.Length, left));
            action(first, integers);
            first += integers.Length;
            left -= integers.Length;
        }
    }

    private void Copy(AggregateContent content, int part)
    {
        if (part < _plan.Count)
        {
            content.Segments.Write(part, _part);
            return;
        }

        ForEachBlock(part, (first, integers) =>
        {
            content.ClearSums.CopyTo(first, integers);
            ClearIntegers.Write(integers, sizeof(long), _part);
        });
    }

    private void Write(int part, EncryptedVector vector)
    {
        _part.ResetWrittenCount();
        SegmentSet.Write(part, vector, _part);
    }

    private EncryptedVector Decode(int part, ByteLease bytes)
        => _reader.TryRead(part, bytes.Memory, out _) ?? throw _parts.Damaged();
}
