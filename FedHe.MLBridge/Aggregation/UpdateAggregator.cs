using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Threads;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// An update aggregator is the server's part of a round: it adds encrypted updates to a sum, one at a time and without
/// any key. The result does not depend on the order of arrival.
/// </summary>
/// <remarks>
/// The aggregator holds the sum and, while it folds an update in, one decoded segment of that update. It is not
/// thread-safe. Weights need not sum to anything known in advance, and a client that never answers costs nothing. The
/// first update fixes the job, the round and the key, and the aggregator does not know who sent an update: where
/// clients may be hostile, compare <see cref="EncryptedModelUpdate.Slot"/> and the receipt's key with what you expect
/// before you fold an update in. Source: FedML-HE, Table 3, <c>he_aggregate</c>, with integer weights and the division
/// left to the clients.
/// </remarks>
/// <example>
/// <code>
/// using var aggregator = new UpdateAggregator(he.Public, terms);
/// var reader = new UpdateReader(he.Public, terms);
/// foreach (byte[] upload in uploads)
/// {
///     using EncryptedModelUpdate update = reader.Read(upload);
///     aggregator.FoldIn(update);
/// }
/// using EncryptedAggregate aggregate = aggregator.Complete();
/// </code>
/// </example>
public sealed class UpdateAggregator : IDisposable
{
    // How many segments of an update are in memory at a time, at most.
    private const int MostSegments = 4;

    private readonly RunningSum _sum;
    private bool _complete;
    private bool _broken;

    /// <summary>Creates an aggregator with an empty sum.</summary>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms that every update must have been made under.</param>
    /// <param name="referenceWeight">The reference weight that every <see cref="UpdateEncryptor"/> was given.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reference weight is out of range.</exception>
    public UpdateAggregator(HePublicContext context, AggregationTerms terms, long? referenceWeight = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        _sum = new RunningSum(context, terms, referenceWeight);
    }

    /// <summary>The number of updates folded in.</summary>
    public int Contributions => _sum.Contributions;

    /// <summary>The slots of the updates folded in, one for each client, sorted by client.</summary>
    public IReadOnlyCollection<UploadSlot> Slots => _sum.Slots.Values;

    /// <summary>The sum of the weights folded in, or null when they are hidden.</summary>
    public long? TotalWeight => _sum.Terms.Weighting == Weighting.Clear ? _sum.TotalWeight : null;

    /// <summary>
    /// Folds an update into the sum; a refused update leaves the sum unchanged. The update may be disposed afterwards.
    /// </summary>
    /// <exception cref="UpdateRefusedException">
    /// The update was made under other terms, belongs to another job or round than the first update, or its client was
    /// folded in already.
    /// </exception>
    /// <exception cref="HeMismatchException">The update's parameters or key differ from the sum's.</exception>
    /// <exception cref="HeCapacityException">
    /// The sum might not fit; the exception states the largest weight that still does.
    /// </exception>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    /// <exception cref="HeFormatException">The update's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The update's bytes can no longer be read.</exception>
    /// <exception cref="AggregationBrokenException">
    /// The update's bytes changed, became unreadable or ran out of memory halfway, in this call or an earlier one. This
    /// is the only case that changes the sum, which cannot be used any more.
    /// </exception>
    public void FoldIn(EncryptedModelUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        ThrowIfComplete();
        if (Check(update) is UpdateError error)
        {
            throw new UpdateRefusedException(error);
        }

        long weight = update.Weight ?? 0;
        long remaining = WeightTotals.LargestTotalOf(_sum.Rule) - _sum.TotalWeight;
        if (weight > remaining)
        {
            throw Throw.TotalWeightTooLarge(remaining);
        }

        Fold(update, weight);
        _sum.TotalWeight += weight;
        if (_sum.Rule == WeightRule.ClientMultiplies)
        {
            _sum.TotalFactor += WeightFactor.UnitsOf(weight, _sum.ReferenceWeight);
        }

        _sum.Add(update.Slot);
    }

    /// <summary>Completes the aggregation and returns the aggregate, which the caller disposes.</summary>
    /// <exception cref="InvalidOperationException">Nothing was folded in, or the sum is already complete.</exception>
    /// <exception cref="AggregationBrokenException">An earlier update was folded in only in part.</exception>
    public EncryptedAggregate Complete()
    {
        ThrowIfComplete();
        if (Contributions == 0)
        {
            throw Throw.NothingFoldedIn();
        }

        _complete = true;
        EncryptedVector[] sums = [.. _sum.Sums.Select(sum => Compress(sum.Complete()))];
        return new EncryptedAggregate(_sum.Terms.Digest, _sum.ParametersId, _sum.HandOver(new HeldSegments(sums)));
    }

    /// <summary>
    /// Saves the sum so far, for <see cref="Restore(ReadOnlyMemory{byte}, HePublicContext, AggregationTerms, long?)"/> to
    /// resume. The state holds ciphertexts and the clients' names, but no key.
    /// </summary>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    /// <exception cref="AggregationBrokenException">An earlier update was folded in only in part.</exception>
    public void SaveState(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ThrowIfComplete();
        AggregatorStateFormat.Write(_sum, destination);
    }

    /// <inheritdoc cref="SaveState(IBufferWriter{byte})"/>
    /// <param name="destination">The stream; one segment at a time is copied.</param>
    public void SaveState(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var buffer = new StreamBuffer(destination);
        SaveState(buffer);
        buffer.Flush();
    }

    /// <summary>Resumes a saved aggregation, which gives the same aggregate as an uninterrupted one.</summary>
    /// <param name="source">The bytes written by <see cref="SaveState(IBufferWriter{byte})"/>.</param>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms of the saved sum.</param>
    /// <param name="referenceWeight">The reference weight of the saved sum.</param>
    /// <exception cref="HeFormatException">The bytes are not a saved sum under these terms and parameters.</exception>
    public static UpdateAggregator Restore(
        ReadOnlyMemory<byte> source, HePublicContext context, AggregationTerms terms, long? referenceWeight = null)
        => Restore(ByteSource.Of(source), context, terms, referenceWeight);

    /// <inheritdoc cref="Restore(ReadOnlyMemory{byte}, HePublicContext, AggregationTerms, long?)"/>
    /// <param name="source">A readable and seekable stream, read from its position to its end.</param>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms of the saved sum.</param>
    /// <param name="referenceWeight">The reference weight of the saved sum.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public static UpdateAggregator Restore(
        Stream source, HePublicContext context, AggregationTerms terms, long? referenceWeight = null)
        => Restore(ByteSource.Of(source), context, terms, referenceWeight);

    private static UpdateAggregator Restore(
        ByteSource source, HePublicContext context, AggregationTerms terms, long? referenceWeight)
    {
        var aggregator = new UpdateAggregator(context, terms, referenceWeight);
        try
        {
            FormatError reason = AggregatorStateFormat.Read(source, aggregator._sum);
            return reason == FormatError.None ? aggregator : throw new HeFormatException(reason, "aggregator state");
        }
        catch
        {
            aggregator.Dispose();
            throw;
        }
    }

    /// <summary>Releases the sum, whether complete or not. An aggregate that was returned stays valid.</summary>
    public void Dispose()
    {
        _complete = true;
        _sum.Dispose();
    }

    /// <summary>
    /// Compresses a finished sum as far as the terms allow, or returns it unchanged when the added error would not fit.
    /// </summary>
    private EncryptedVector Compress(EncryptedVector sum)
    {
        if (_sum.Terms.Precision is not TransferPrecision precision || _sum.Context.Compressor is not { } compressor)
        {
            return sum;
        }

        try
        {
            EncryptedVector compressed = compressor.Compress(
                sum, precision.DownloadDeviation(_sum.Rule == WeightRule.ServerMultiplies ? _sum.TotalWeight : Contributions));
            sum.Dispose();
            return compressed;
        }
        catch (HeCapacityException)
        {
            // The uncompressed sum fits; keeping it is better than failing over the bits to leave out.
            return sum;
        }
    }

    private UpdateError? Check(EncryptedModelUpdate update)
    {
        if (update.TermsDigest != _sum.Terms.Digest)
        {
            return UpdateError.OtherTerms;
        }

        if (Contributions > 0 && (update.Slot.JobId, update.Slot.Round) != (_sum.AnySlot.JobId, _sum.AnySlot.Round))
        {
            return UpdateError.OtherRound;
        }

        return _sum.Slots.ContainsKey(update.Slot.Client) ? UpdateError.ClientAlreadyFoldedIn : null;
    }

    /// <summary>The number of threads that add segments, each of which holds one: the next is read while others are added.</summary>
    private static int DegreeOf(HePublicContext context)
        => context.MaxDegreeOfParallelism is > 0 and < MostSegments and int degree ? degree : MostSegments;

    /// <summary>Adds an update's segments to the sums, which do not know each other.</summary>
    /// <remarks>
    /// Only the first segment can be refused for what it states: the others have the same key, form and bound, and
    /// their sums have the same history, so they pass whatever checks it passes.
    /// </remarks>
    private void Fold(EncryptedModelUpdate update, long weight)
    {
        if (_sum.Sums.Length > 0)
        {
            AddSegment(update, segment: 0);
        }

        try
        {
            ParallelRanges.Run(
                Math.Max(0, _sum.Sums.Length - 1),
                DegreeOf(_sum.Context),
                (first, end) =>
                {
                    for (int i = first; i < end; i++)
                    {
                        AddSegment(update, 1 + i);
                    }
                });

            update.Clear.ForEachBlock(
                (Sums: _sum.ClearSums, Weight: MultiplierOf(update), IsFirst: Contributions == 0),
                static (first, integers, to)
                    => ClearPart.Fold(integers, to.Weight, to.Sums.Integers.Slice(first, integers.Length), to.IsFirst));
        }
        catch (Exception cause)
        {
            _broken = true;
            throw new AggregationBrokenException(cause);
        }
    }

    private void AddSegment(EncryptedModelUpdate update, int segment)
    {
        using SegmentLease lease = update.Segments.Open(segment);
        _sum.Sums[segment].Add(lease.Vector, MultiplierOf(update));
    }

    private long MultiplierOf(EncryptedModelUpdate update)
        => _sum.Rule == WeightRule.ServerMultiplies && update.Weight is long weight ? weight : 1;

    private void ThrowIfComplete()
    {
        if (_broken)
        {
            throw new AggregationBrokenException();
        }

        if (_complete)
        {
            throw Throw.AggregationComplete();
        }
    }
}
