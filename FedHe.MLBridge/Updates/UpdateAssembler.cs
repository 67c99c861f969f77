using System.Buffers;
using System.Numerics.Tensors;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Makes an update of vectors that another program encrypted under the job's key: it tells what to encrypt, and joins
/// the vectors with everything else that an update has. What it makes is an update like any other. Thread-safe.
/// </summary>
/// <remarks>
/// The values of an update are cut into segments of 64 ciphertexts, the last one shorter, and each segment is one
/// vector with the bound of a fresh one of magnitude 1.
/// </remarks>
public sealed class UpdateAssembler
{
    private readonly HePublicContext _context;
    private readonly FreshBounds _freshBounds;
    private readonly AggregationTerms _terms;
    private readonly SegmentPlan _plan;
    private readonly TensorFlattener _flattener;

    /// <summary>Creates an assembler of updates.</summary>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">What all parties agreed upon.</param>
    /// <param name="policy">What happens to values outside their bound.</param>
    public UpdateAssembler(HePublicContext context, AggregationTerms terms, BoundPolicy policy = BoundPolicy.Refuse)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        _context = context;
        _freshBounds = FreshBounds.Of(context);
        _terms = terms;
        _plan = SegmentPlan.Of(terms.VectorLength, context.Parameters);
        _flattener = new TensorFlattener(terms.Layout, policy);
    }

    /// <summary>Number of vectors that an update has; 0 when the mask encrypts nothing.</summary>
    public int SegmentCount => _plan.Count;

    /// <summary>Number of values of one of them.</summary>
    /// <param name="segment">0 to before <see cref="SegmentCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such segment.</exception>
    public int SegmentLength(int segment)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(segment);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(segment, SegmentCount);
        return _plan.LengthOf(segment);
    }

    /// <summary>
    /// Copies the values that the other program has to encrypt as one segment: parameters of the mask over their
    /// tensors' bounds, in order; with hidden weights first the weight over the largest, then that times each of them.
    /// All are in [-1, 1].
    /// </summary>
    /// <param name="model">The client's model after local training.</param>
    /// <param name="weight">The client's weight: 1 to <see cref="AggregationTerms.MaxWeight"/>.</param>
    /// <param name="segment">0 to before <see cref="SegmentCount"/>.</param>
    /// <param name="destination">Receives the <see cref="SegmentLength"/> values, which are secret.</param>
    /// <exception cref="ArgumentException">
    /// The segment or the weight is out of range, or the destination has another length.
    /// </exception>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value cannot be encrypted.</exception>
    public void CopyValuesTo(IFlatModel model, long weight, int segment, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckWeight(weight);
        if (destination.Length != SegmentLength(segment))
        {
            throw Throw.WrongPartLength(SegmentLength(segment));
        }

        using var values = new VectorValues(model, _flattener, _terms, weight);
        values.Survey([]);
        values.MoveTo(_plan.StartOf(segment));
        values.Read(destination);
    }

    /// <summary>Copies the values that travel in clear, normalised, in order.</summary>
    /// <param name="model">The client's model after local training.</param>
    /// <param name="destination">Receives as many values as the mask leaves in clear.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value is not finite or outside its bound.</exception>
    public void CopyClearValuesTo(IFlatModel model, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckClearLength(destination.Length);
        using var values = new SelectedValues(model, _flattener, _terms.Mask, isEncrypted: false);
        values.Survey(destination);
    }

    /// <summary>Joins vectors and values in clear into an update.</summary>
    /// <param name="segments">
    /// One fresh vector for each segment, in order. The update owns them, unless there is an exception.
    /// </param>
    /// <param name="clearValues">
    /// The normalised values that travel in clear; none where the mask encrypts everything.
    /// </param>
    /// <param name="weight">The client's weight, the same as in the vectors where it is hidden.</param>
    /// <param name="slot">The job, round, attempt and client that the update is for.</param>
    /// <returns>The update; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// The weight is out of range, there are more or fewer vectors or clear values, or one of these is not in [-1, 1].
    /// </exception>
    /// <exception cref="HeMismatchException">
    /// A vector belongs to other parameters or another key than the first, has another length, or is not a fresh one of
    /// magnitude 1.
    /// </exception>
    public EncryptedModelUpdate Assemble(
        IReadOnlyList<EncryptedVector> segments, ReadOnlySpan<double> clearValues, long weight, UploadSlot slot)
    {
        ArgumentNullException.ThrowIfNull(segments);
        ArgumentNullException.ThrowIfNull(slot);
        CheckWeight(weight);
        if (segments.Count != SegmentCount)
        {
            throw Throw.WrongSegmentCount(SegmentCount);
        }

        var clear = ClearIntegers.OfUpdate(EncodeClear(clearValues));
        for (int i = 0; i < segments.Count; i++)
        {
            CheckSegment(segments[i], i, segments[0].KeyId);
        }

        var held = new HeldSegments(Compress(segments));
        var receipt = EncryptionReceipt.For(_terms, _context.Parameters, held.KeyId, held.EncodedLength);
        var head = new UpdateHead(_terms.Digest, slot, receipt, _terms.Weighting == Weighting.Hidden ? null : weight);
        return new EncryptedModelUpdate(head, clear, held);
    }

    private void CheckWeight(long weight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, _terms.MaxWeight);
    }

    private void CheckClearLength(int length)
    {
        if (length != _terms.Mask.ClearCount)
        {
            throw Throw.WrongPartLength(_terms.Mask.ClearCount);
        }
    }

    private void CheckSegment(EncryptedVector vector, int index, KeyId keyId)
    {
        bool fits = vector.Parameters.Id == _context.Parameters.Id
            && vector.KeyId == keyId
            && vector.Length == _plan.LengthOf(index)
            && vector.SpentDepth == 0
            && _freshBounds.AllowUncompressed(vector);
        if (!fits)
        {
            throw Throw.NotAFreshSegment(index);
        }
    }

    /// <summary>The vectors without what the terms let them leave out.</summary>
    private EncryptedVector[] Compress(IReadOnlyList<EncryptedVector> segments)
    {
        if (_terms.Precision is not TransferPrecision precision || _context.Compressor is not { } compressor)
        {
            return [.. segments];
        }

        var compressed = new List<EncryptedVector>(segments.Count);
        try
        {
            compressed.AddRange(segments.Select(vector => compressor.Compress(vector, precision.UploadDeviation)));
        }
        catch
        {
            compressed.ForEach(vector => vector.Dispose());
            throw;
        }

        // They share their memory with the compressed ones, which hold it.
        foreach (EncryptedVector vector in segments)
        {
            vector.Dispose();
        }

        return [.. compressed];
    }

    private ReadOnlyMemory<byte> EncodeClear(ReadOnlySpan<double> values)
    {
        CheckClearLength(values.Length);
        if (values.IsEmpty)
        {
            return default;
        }

        // NaN compares as false, and is propagated by the maximum.
        if (!(TensorPrimitives.MaxMagnitude(values) is >= -1 and <= 1))
        {
            throw Throw.ClearValueOutOfRange(nameof(values));
        }

        var bytes = new ArrayBufferWriter<byte>();
        ClearPart.Write(values, bytes);
        return bytes.WrittenMemory;
    }
}
