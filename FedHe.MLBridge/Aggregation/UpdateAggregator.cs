using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// The server's part: folds updates in one at a time, without any key. Weights need not sum to anything known in advance,
/// and a client that never answers costs nothing. The result does not depend on the order of arrival. Not thread-safe.
/// </summary>
/// <remarks>
/// It holds the sum, and while it folds an update in, one segment of that.
/// The first update fixes job, round and key, and nothing here knows who sent it. Where clients may be hostile, compare
/// <see cref="EncryptedModelUpdate.Binding"/> and the receipt's key with what you expect before you fold an update in.
/// Source: FedML-HE, Table 3, <c>he_aggregate</c>, with integer weights and the division left to the clients.
/// </remarks>
public sealed partial class UpdateAggregator : IDisposable
{
    private readonly AggregationTerms _terms;
    private readonly ParametersId _parametersId;
    private readonly SegmentPlan _plan;
    private readonly IVectorCompressor? _compressor;
    private readonly IEncryptedAccumulator[] _sums;
    private readonly BlockBuffer _clearSums;
    private readonly SortedSet<string> _clients = new(StringComparer.Ordinal);
    private Guid _jobId;
    private int _round;
    private long _totalWeight;
    private bool _complete;
    private bool _broken;

    /// <summary>Creates an empty sum.</summary>
    /// <param name="evaluator">Adds encrypted vectors; it must be able to weigh them where weights travel in clear.</param>
    /// <param name="terms">The terms that every update must have been made under.</param>
    /// <exception cref="NotSupportedException">Weights travel in clear and the scheme cannot weigh.</exception>
    public UpdateAggregator(IAdditiveEvaluator evaluator, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        ArgumentNullException.ThrowIfNull(terms);
        if (terms.Weighting == Weighting.Clear && evaluator is not IWeightedEvaluator)
        {
            throw Throw.SchemeLacksWeights();
        }

        _terms = terms;
        _compressor = evaluator as IVectorCompressor;
        _parametersId = terms.ParametersIdOf(evaluator.Parameters);
        _clearSums = new BlockBuffer(terms.Mask.ClearCount);
        _plan = SegmentPlan.Of(terms.VectorLength, evaluator.Parameters);
        _sums = new IEncryptedAccumulator[_plan.Count];
        for (int i = 0; i < _sums.Length; i++)
        {
            _sums[i] = evaluator is IWeightedEvaluator weighted
                ? weighted.CreateWeightedAccumulator(_plan.LengthOf(i))
                : evaluator.CreateAccumulator(_plan.LengthOf(i));
        }
    }

    /// <summary>Number of updates folded in.</summary>
    public int Contributions => _clients.Count;

    /// <summary>Sum of the weights folded in, or null when they are hidden.</summary>
    public long? TotalWeight => _terms.Weighting == Weighting.Clear ? _totalWeight : null;

    /// <summary>Folds an update in. When it is refused, nothing changes. It may be disposed afterwards.</summary>
    /// <exception cref="UpdateRefusedException">
    /// It was made under other terms, belongs to another job or round than the first one, or its client was folded in already.
    /// </exception>
    /// <exception cref="HeMismatchException">Its parameters or key differ from the sum's.</exception>
    /// <exception cref="HeCapacityException">The sum might not fit; the exception tells the weight that would.</exception>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    /// <exception cref="HeFormatException">The update's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The update's bytes can no longer be read.</exception>
    /// <exception cref="AggregationBrokenException">
    /// Its bytes changed, could no longer be read or ran out of memory in the middle, now or earlier. This is the one case
    /// that changes the sum: nothing can be done with it any more.
    /// </exception>
    public void FoldIn(EncryptedModelUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        ThrowIfComplete();
        if (FindFault(update) is UpdateError error)
        {
            throw new UpdateRefusedException(error);
        }

        long weight = update.Weight ?? 0;
        if (weight > AggregationTerms.LargestTotalWeight - _totalWeight)
        {
            throw Throw.TotalWeightTooLarge(AggregationTerms.LargestTotalWeight - _totalWeight);
        }

        Fold(update, weight);
        _totalWeight += weight;
        _jobId = update.Binding.JobId;
        _round = update.Binding.Round;
        _clients.Add(update.Binding.ClientId);
    }

    /// <summary>Freezes the sum and hands it over; the caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">Nothing was folded in, or the sum is already complete.</exception>
    /// <exception cref="AggregationBrokenException">An update was folded in only in part.</exception>
    public EncryptedAggregate Complete()
    {
        ThrowIfComplete();
        if (Contributions == 0)
        {
            throw Throw.NothingFoldedIn();
        }

        _complete = true;
        EncryptedVector[] sums = [.. _sums.Select(sum => Compress(sum.Complete()))];
        return new EncryptedAggregate(_terms.Digest, _parametersId, ContentWith(new HeldSegments(sums)));
    }

    /// <summary>Releases the sum, complete or not. An aggregate already handed over stays valid.</summary>
    public void Dispose()
    {
        if (!_complete)
        {
            // Otherwise they are the aggregate's.
            _clearSums.Release();
        }

        _complete = true;
        Array.ForEach(_sums, sum => sum.Dispose());
    }

    /// <summary>Leaves out of a finished sum what the terms allow, if there is room for the error beside its magnitude.</summary>
    private EncryptedVector Compress(EncryptedVector sum)
    {
        if (_terms.Precision is not TransferPrecision precision || _compressor is null)
        {
            return sum;
        }

        try
        {
            EncryptedVector compressed = _compressor.Compress(
                sum, precision.DownloadDeviation(_totalWeight > 0 ? _totalWeight : Contributions));
            sum.Dispose();
            return compressed;
        }
        catch (HeCapacityException)
        {
            // The whole sum fits, and is worth more than its missing bits.
            return sum;
        }
    }

    private UpdateError? FindFault(EncryptedModelUpdate update)
    {
        if (update.TermsDigest != _terms.Digest)
        {
            return UpdateError.OtherTerms;
        }

        if (Contributions > 0 && (update.Binding.JobId != _jobId || update.Binding.Round != _round))
        {
            return UpdateError.OtherRound;
        }

        return _clients.Contains(update.Binding.ClientId) ? UpdateError.ClientAlreadyFoldedIn : null;
    }

    /// <summary>
    /// Adds one segment after the other. The first one decides: the others have the same key, form and bound, and their sums
    /// the same history, so whatever it passes they pass.
    /// </summary>
    private void Fold(EncryptedModelUpdate update, long weight)
    {
        if (_sums.Length > 0)
        {
            AddSegment(update, segment: 0);
        }

        try
        {
            for (int i = 1; i < _sums.Length; i++)
            {
                AddSegment(update, i);
            }

            update.Clear.ForEachBlock(
                (Sums: _clearSums, Weight: weight, IsFirst: Contributions == 0),
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
        if (update.Weight is long weight)
        {
            ((IWeightedAccumulator)_sums[segment]).AddWeighted(lease.Vector, weight);
        }
        else
        {
            _sums[segment].Add(lease.Vector);
        }
    }

    private AggregateContent ContentWith(SegmentSet segments)
        => new(_jobId, _round, Contributions, _totalWeight, new ClearIntegers.Held(_clearSums), segments);

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
