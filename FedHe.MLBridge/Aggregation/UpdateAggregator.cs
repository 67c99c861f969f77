using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>
/// The server's part: folds updates in one at a time, without any key. Weights need not sum to anything known in advance,
/// and a client that never answers costs nothing. The result does not depend on the order of arrival. Not thread-safe.
/// </summary>
/// <remarks>
/// The first update fixes job, round and key, and nothing here knows who sent it. Where clients may be hostile, compare
/// <see cref="EncryptedModelUpdate.Binding"/> and the receipt's key with what you expect before you fold an update in.
/// Source: FedML-HE, Table 3, <c>he_aggregate</c>, with integer weights and the division left to the clients.
/// </remarks>
public sealed class UpdateAggregator : IDisposable
{
    private readonly AggregationTerms _terms;
    private readonly ParametersId _parametersId;
    private readonly IVectorCompressor? _compressor;
    private readonly IEncryptedAccumulator? _sum;
    private readonly long[] _clearSums;
    private readonly SortedSet<string> _clients = new(StringComparer.Ordinal);
    private Guid _jobId;
    private int _round;
    private long _totalWeight;
    private bool _complete;

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
        _clearSums = new long[terms.Mask.ClearCount];
        if (terms.VectorLength > 0)
        {
            _sum = evaluator is IWeightedEvaluator weighted
                ? weighted.CreateWeightedAccumulator(terms.VectorLength)
                : evaluator.CreateAccumulator(terms.VectorLength);
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

        // The accumulator checks everything it cares about before it changes; after it, nothing can fail.
        FoldVector(update);
        ClearPart.Fold(update.ClearValues, weight, _clearSums);
        _totalWeight += weight;
        _jobId = update.Binding.JobId;
        _round = update.Binding.Round;
        _clients.Add(update.Binding.ClientId);
    }

    /// <summary>Freezes the sum and hands it over; the caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">Nothing was folded in, or the sum is already complete.</exception>
    public EncryptedAggregate Complete()
    {
        ThrowIfComplete();
        if (Contributions == 0)
        {
            throw Throw.NothingFoldedIn();
        }

        _complete = true;
        return new EncryptedAggregate(_terms.Digest, ContentWith(Compress(_sum?.Complete())));
    }

    /// <summary>Saves the sum so far; <see cref="Restore"/> resumes it. It contains ciphertexts and client names, no key.</summary>
    /// <exception cref="InvalidOperationException">The sum is complete.</exception>
    public void SaveState(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ThrowIfComplete();
        using EncryptedVector? snapshot = Contributions > 0 ? _sum?.Snapshot() : null;
        AggregateContent? content = Contributions > 0 ? ContentWith(snapshot) : null;
        var clients = new ArrayBufferWriter<byte>();
        foreach (string client in _clients)
        {
            new WireWriter(clients).WriteString(client);
        }

        var writer = new WireWriter(destination);
        writer.WriteHeader(
            WireKind.AggregatorState,
            _parametersId,
            Digest.SizeInBytes + sizeof(int) + clients.WrittenCount + (content?.EncodedLength ?? 0));
        writer.WriteDigest(_terms.Digest);
        writer.WriteInt32(Contributions);
        writer.WriteBytes(clients.WrittenSpan);
        content?.WriteTo(destination);
    }

    /// <summary>Resumes a saved sum: what follows gives the same aggregate as if there had been no interruption.</summary>
    /// <param name="source">Bytes written by <see cref="SaveState"/>.</param>
    /// <param name="vectorReader">Reads the encrypted part.</param>
    /// <param name="evaluator">Adds encrypted vectors, of the same parameters.</param>
    /// <param name="terms">The terms of the saved sum.</param>
    /// <exception cref="HeFormatException">The bytes are not a saved sum under these terms and parameters.</exception>
    /// <exception cref="HeMismatchException">Reader and evaluator belong to different parameters.</exception>
    /// <exception cref="NotSupportedException">Weights travel in clear and the scheme cannot weigh.</exception>
    public static UpdateAggregator Restore(
        ReadOnlySpan<byte> source, IVectorReader vectorReader, IAdditiveEvaluator evaluator, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(vectorReader);
        ArgumentNullException.ThrowIfNull(evaluator);
        if (vectorReader.Parameters.Id != evaluator.Parameters.Id)
        {
            throw Throw.ReaderOfOtherParameters();
        }

        var aggregator = new UpdateAggregator(evaluator, terms);
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.AggregatorState, aggregator._parametersId, WireLimits.Default.MaxBytes);
        aggregator.ReadState(ref reader, vectorReader);
        if (reader.Failed)
        {
            aggregator.Dispose();
            throw new HeFormatException(reader.Error, "aggregator state");
        }

        return aggregator;
    }

    /// <summary>Releases the sum, complete or not. An aggregate already handed over stays valid.</summary>
    public void Dispose()
    {
        _complete = true;
        _sum?.Dispose();
    }

    /// <summary>Leaves out of a finished sum what the terms allow, if there is room for the error beside its magnitude.</summary>
    private EncryptedVector? Compress(EncryptedVector? sum)
    {
        if (sum is null || _terms.Precision is not TransferPrecision precision || _compressor is null)
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

    private void FoldVector(EncryptedModelUpdate update)
    {
        if (update.Vector is null)
        {
            return;
        }

        if (update.Weight is long weight)
        {
            ((IWeightedAccumulator)_sum!).AddWeighted(update.Vector, weight);
        }
        else
        {
            _sum!.Add(update.Vector);
        }
    }

    private AggregateContent ContentWith(EncryptedVector? vector)
        => new(_jobId, _round, Contributions, _totalWeight, _clearSums, vector);

    private void ReadState(ref WireReader reader, IVectorReader vectorReader)
    {
        reader.Require(reader.ReadDigest() == _terms.Digest, FormatError.WrongTerms);
        int count = reader.ReadInt32(0, int.MaxValue);
        for (int i = 0; i < count && !reader.Failed; i++)
        {
            reader.Require(_clients.Add(UpdateBinding.ReadClientId(ref reader)), FormatError.Inconsistent);
        }

        if (count == 0)
        {
            reader.ExpectEnd();
            return;
        }

        if (AggregateContent.Read(ref reader, vectorReader, _terms) is AggregateContent content)
        {
            reader.Require(content.Contributions == count, FormatError.Inconsistent);
            using EncryptedVector? vector = content.Vector;
            if (vector is not null)
            {
                _sum!.Add(vector);
            }

            content.ClearSums.CopyTo(_clearSums, 0);
            (_jobId, _round, _totalWeight) = (content.JobId, content.Round, content.TotalWeight);
        }
    }

    private void ThrowIfComplete()
    {
        if (_complete)
        {
            throw Throw.AggregationComplete();
        }
    }
}
