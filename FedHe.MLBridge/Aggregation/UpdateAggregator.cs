using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.SumFiles;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// An update aggregator is the server's part of a round: it adds encrypted updates to a sum, one at a time and without
/// any key. The result does not depend on the order of arrival.
/// </summary>
/// <remarks>
/// The aggregator holds the sum, in memory or in a <see cref="SumFile"/>, and, while it folds an update in, at most four decoded segments of that update. It is not
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
    private readonly RunningSum _sum;
    private bool _complete;
    private bool _broken;

    /// <summary>Creates an aggregator with an empty sum in memory.</summary>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms that every update must have been made under.</param>
    /// <param name="referenceWeight">The reference weight that every <see cref="UpdateEncryptor"/> was given.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reference weight is out of range.</exception>
    public UpdateAggregator(HePublicContext context, AggregationTerms terms, long? referenceWeight = null)
        : this(context, terms, file: null, referenceWeight)
    {
    }

    /// <summary>Creates an aggregator with an empty sum in a file, or in memory.</summary>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms that every update must have been made under.</param>
    /// <param name="file">The place of the sum, where no file is yet, or null for memory.</param>
    /// <param name="referenceWeight">The reference weight that every <see cref="UpdateEncryptor"/> was given.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reference weight is out of range.</exception>
    /// <exception cref="SumFileException">There is a file already, or it cannot be created.</exception>
    public UpdateAggregator(HePublicContext context, AggregationTerms terms, SumFile? file, long? referenceWeight = null)
        : this(Begin(context, terms, file, referenceWeight, isFilled: false))
    {
    }

    internal UpdateAggregator(RunningSum sum) => _sum = sum;

    /// <summary>
    /// Opens the file of a sum, to go on where the process that used it ended, wherever that was. Where it had folded an update in only in part, <see cref="Pending"/> says which.
    /// </summary>
    /// <param name="file">The place of the sum.</param>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms of the sum.</param>
    /// <param name="referenceWeight">The reference weight of the sum.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reference weight is out of range.</exception>
    /// <exception cref="SumFileException">The file is missing, in use, damaged or another sum's, or cannot be read.</exception>
    public static UpdateAggregator Open(SumFile file, HePublicContext context, AggregationTerms terms, long? referenceWeight = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        return new UpdateAggregator(RunningSum.Open(context, terms, referenceWeight, file));
    }

    /// <summary>The number of updates folded in.</summary>
    public int Contributions => _sum.Contributions;

    /// <summary>The slots of the updates folded in, one for each client, sorted by client.</summary>
    public IReadOnlyCollection<UploadSlot> Slots => _sum.Slots.Values;

    /// <summary>The sum of the weights folded in, or null when they are hidden.</summary>
    public long? TotalWeight => _sum.Terms.Weighting == Weighting.Clear ? _sum.TotalWeight : null;

    /// <summary>
    /// The slot of the update that a file's earlier process folded in only in part, or null. <see cref="FoldIn"/> takes that update first, with the same bytes, and adds
    /// what is missing. Keep the bytes of an upload until its slot is in <see cref="Slots"/>: nothing else completes the sum, which is lost for all clients without them.
    /// </summary>
    public UploadSlot? Pending => _sum.Store.Pending;

    /// <summary>Whether the sum was completed, by an earlier process perhaps, so that nothing can be folded in any more.</summary>
    public bool IsComplete => _complete || _sum.Store.IsComplete;

    /// <summary>
    /// Tells whether a sum in a file has exactly this update already, or as much of it as <see cref="Pending"/> has: an earlier process may have ended before it could say so.
    /// Nothing is changed, and the update is read up to where it was folded in.
    /// </summary>
    /// <param name="update">The update.</param>
    /// <exception cref="InvalidOperationException">The sum is in memory, where only whole calls count.</exception>
    /// <exception cref="HeFormatException">The update's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The update's bytes can no longer be read.</exception>
    public bool Recognizes(EncryptedModelUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return _sum.Store.Recognizes(update);
    }

    /// <summary>
    /// Returns the digest of an update in the file, of its weight and of everything that was folded in, or null where the sum has no update with the slot. Of a sum that
    /// was restored into its file it is <see cref="Digest.None"/>.
    /// </summary>
    /// <param name="slot">The slot of the update.</param>
    /// <exception cref="InvalidOperationException">The sum is in memory.</exception>
    public Digest? ContentOf(UploadSlot slot)
    {
        ArgumentNullException.ThrowIfNull(slot);
        return _sum.Store.ContentOf(slot);
    }

    /// <summary>
    /// Folds an update into the sum; a refused update leaves the sum unchanged. The update may be disposed afterwards.
    /// </summary>
    /// <exception cref="UpdateRefusedException">
    /// The update was made under other terms, belongs to another job or round than the first update, its client was
    /// folded in already, or another update is pending.
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
    /// is the only case that changes the sum, which cannot be used any more; a sum in a file can be opened again, and goes on with the same update in its unchanged bytes.
    /// </exception>
    /// <exception cref="SumFileException">The file of the sum cannot be read or written. Dispose the aggregator and open the file again.</exception>
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

        RunningTotals totals = _sum.TotalsWith(weight);
        Fold(update, totals);
        _sum.TotalWeight = totals.Weight;
        _sum.TotalFactor = totals.Factor;
        _sum.Add(update.Slot);
    }

    /// <summary>Completes the aggregation and returns the aggregate, which the caller disposes.</summary>
    /// <exception cref="InvalidOperationException">Nothing was folded in, or the sum is already complete.</exception>
    /// <exception cref="AggregationBrokenException">An earlier update was folded in only in part.</exception>
    /// <exception cref="SumFileException">The file of the sum cannot be read or written. Dispose the aggregator and open the file again.</exception>
    /// <remarks>The aggregate of a sum in a file is read from the file, which it closes when it is disposed. A completed sum that is opened again gives the same aggregate.</remarks>
    public EncryptedAggregate Complete()
    {
        ThrowIfEnded();
        ThrowIfPending();
        if (Contributions == 0)
        {
            throw Throw.NothingFoldedIn();
        }

        _complete = true;
        return new EncryptedAggregate(_sum.Terms.Digest, _sum.ParametersId, _sum.ContentWith(_sum.Store.Complete(Compression())));
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
        ThrowIfPending();
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
        => Restore(ByteSource.Of(source), context, terms, file: null, referenceWeight);

    /// <inheritdoc cref="Restore(ReadOnlyMemory{byte}, HePublicContext, AggregationTerms, long?)"/>
    /// <param name="source">A readable and seekable stream, read from its position to its end.</param>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms of the saved sum.</param>
    /// <param name="referenceWeight">The reference weight of the saved sum.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public static UpdateAggregator Restore(
        Stream source, HePublicContext context, AggregationTerms terms, long? referenceWeight = null)
        => Restore(ByteSource.Of(source), context, terms, file: null, referenceWeight);

    /// <inheritdoc cref="Restore(ReadOnlyMemory{byte}, HePublicContext, AggregationTerms, long?)"/>
    /// <param name="source">The bytes written by <see cref="SaveState(IBufferWriter{byte})"/>.</param>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms of the saved sum.</param>
    /// <param name="file">The place of the sum, where no file is yet, or null for memory.</param>
    /// <param name="referenceWeight">The reference weight of the saved sum.</param>
    /// <exception cref="SumFileException">There is a file already, or it cannot be created or written.</exception>
    /// <remarks>A call that fails leaves no file. Where the process is killed, the file that it leaves cannot be opened: delete it, and restore again.</remarks>
    public static UpdateAggregator Restore(
        ReadOnlyMemory<byte> source, HePublicContext context, AggregationTerms terms, SumFile? file, long? referenceWeight = null)
        => Restore(ByteSource.Of(source), context, terms, file, referenceWeight);

    /// <inheritdoc cref="Restore(ReadOnlyMemory{byte}, HePublicContext, AggregationTerms, SumFile?, long?)"/>
    /// <param name="source">A readable and seekable stream, read from its position to its end.</param>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms of the saved sum.</param>
    /// <param name="file">The place of the sum, where no file is yet, or null for memory.</param>
    /// <param name="referenceWeight">The reference weight of the saved sum.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public static UpdateAggregator Restore(
        Stream source, HePublicContext context, AggregationTerms terms, SumFile? file, long? referenceWeight = null)
        => Restore(ByteSource.Of(source), context, terms, file, referenceWeight);

    private static UpdateAggregator Restore(
        ByteSource source, HePublicContext context, AggregationTerms terms, SumFile? file, long? referenceWeight)
    {
        var aggregator = new UpdateAggregator(Begin(context, terms, file, referenceWeight, isFilled: true));
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

    /// <summary>Releases the sum, whether complete or not. An aggregate that was returned stays valid, and so does a file that is kept.</summary>
    public void Dispose()
    {
        _complete = true;
        _sum.Dispose();
    }

    /// <summary>
    /// Returns what compresses a finished sum as far as the terms allow, or leaves it unchanged where the added error would not fit; null where nothing is left out.
    /// </summary>
    private Func<EncryptedVector, EncryptedVector>? Compression()
    {
        if (_sum.Terms.Precision is not TransferPrecision precision || _sum.Context.Compressor is not { } compressor)
        {
            return null;
        }

        double deviation = precision.DownloadDeviation(_sum.Rule == WeightRule.ServerMultiplies ? _sum.TotalWeight : Contributions);
        return sum =>
        {
            try
            {
                EncryptedVector compressed = compressor.Compress(sum, deviation);
                sum.Dispose();
                return compressed;
            }
            catch (HeCapacityException)
            {
                // The uncompressed sum fits; keeping it is better than failing over the bits to leave out.
                return sum;
            }
        };
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

        return _sum.Slots.ContainsKey(update.Slot.Client) ? UpdateError.ClientAlreadyFoldedIn
            : Pending is not null && Pending != update.Slot ? UpdateError.AnotherIsPending
            : null;
    }

    private void Fold(EncryptedModelUpdate update, RunningTotals totals)
    {
        try
        {
            _sum.Store.Fold(update, MultiplierOf(update), totals);
        }
        catch (Exception fault) when (fault is AggregationBrokenException or SumFileException)
        {
            _broken = true;
            throw;
        }
    }

    private long MultiplierOf(EncryptedModelUpdate update)
        => _sum.Rule == WeightRule.ServerMultiplies && update.Weight is long weight ? weight : 1;

    private static RunningSum Begin(HePublicContext context, AggregationTerms terms, SumFile? file, long? referenceWeight, bool isFilled)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        return RunningSum.Begin(context, terms, referenceWeight, file, isFilled);
    }

    private void ThrowIfComplete()
    {
        ThrowIfEnded();
        if (_sum.Store.IsComplete)
        {
            throw Throw.AggregationComplete();
        }
    }

    private void ThrowIfEnded()
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

    private void ThrowIfPending()
    {
        if (Pending is not null)
        {
            throw Throw.UpdatePending();
        }
    }
}
