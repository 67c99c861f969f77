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
/// An update assembler makes an update from vectors that another program encrypted under the job's key. It is
/// thread-safe.
/// </summary>
/// <remarks>
/// The assembler says what to encrypt, and combines the vectors with everything else in an update; the result is an
/// update like any other. The values of an update are divided into segments of 64 ciphertexts, the last one shorter,
/// and each segment is one vector with the bound of a fresh one of magnitude 1.
/// </remarks>
public sealed class UpdateAssembler
{
    private readonly HePublicContext _context;
    private readonly FreshBounds _freshBounds;
    private readonly AggregationTerms _terms;
    private readonly SegmentPlan _plan;
    private readonly TensorFlattener _flattener;

    /// <summary>Creates an assembler of updates.</summary>
    /// <param name="context">The public context of the job's parameters.</param>
    /// <param name="terms">The terms that all parties agreed upon.</param>
    /// <param name="policy">The treatment of values outside their tensors' bounds.</param>
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

    /// <summary>The number of vectors in an update; 0 when the mask encrypts nothing.</summary>
    public int SegmentCount => _plan.Count;

    /// <summary>Returns the number of values in a segment.</summary>
    /// <param name="segment">The index of the segment, from 0 to <see cref="SegmentCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such segment.</exception>
    public int SegmentLength(int segment)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(segment);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(segment, SegmentCount);
        return _plan.LengthOf(segment);
    }

    /// <summary>Copies the values that the other program has to encrypt as one segment, all in [-1, 1].</summary>
    /// <remarks>
    /// These are the mask's parameters divided by their tensors' bounds, in order. With hidden weights, the first value
    /// is the quotient f of the weight and the largest weight, and the others are multiplied by f.
    /// </remarks>
    /// <param name="model">The client's model after local training.</param>
    /// <param name="weight">The client's weight: 1 to <see cref="AggregationTerms.MaxWeight"/>.</param>
    /// <param name="segment">The index of the segment, from 0 to <see cref="SegmentCount"/> - 1.</param>
    /// <param name="destination">Receives the values, <see cref="SegmentLength"/> in number; they are secret.</param>
    /// <exception cref="ArgumentException">
    /// The segment or the weight is out of range, or the destination has the wrong length.
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

        using var values = new VectorValues(
            model, _flattener, _terms, _terms.Weighting == Weighting.Hidden ? (double)weight / _terms.MaxWeight : null);
        values.Survey([]);
        values.MoveTo(_plan.StartOf(segment));
        values.Read(destination);
    }

    /// <summary>Copies the normalized values that travel in clear, in order.</summary>
    /// <param name="model">The client's model after local training.</param>
    /// <param name="destination">Receives the values; as many as the mask leaves in clear.</param>
    /// <exception cref="ArgumentException">The destination has the wrong length.</exception>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value is not finite or outside its bound.</exception>
    public void CopyClearValuesTo(IFlatModel model, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckClearLength(destination.Length);
        using var values = new SelectedValues(model, _flattener, _terms.Mask, isEncrypted: false);
        values.Survey(destination);
    }

    /// <summary>Combines vectors and values in clear into an update.</summary>
    /// <param name="segments">
    /// The fresh vectors of all segments, in order. The update owns them, unless an exception is thrown.
    /// </param>
    /// <param name="clearValues">
    /// The normalized values that travel in clear; none when the mask encrypts everything.
    /// </param>
    /// <param name="weight">The client's weight; when it is hidden, the same as in the vectors.</param>
    /// <param name="slot">The job, round, attempt and client that the update is for.</param>
    /// <returns>The update; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// The weight is out of range, the number of vectors or of values in clear is wrong, or a value in clear is not in
    /// [-1, 1].
    /// </exception>
    /// <exception cref="HeMismatchException">
    /// A vector belongs to other parameters or to another key than the first vector, has the wrong length, or is not a
    /// fresh vector of magnitude 1.
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

    /// <summary>Compresses the vectors as far as the terms allow.</summary>
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

        // The compressed vectors hold the memory that they share with these.
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

        // NaN compares as false, and the maximum propagates it.
        if (!(TensorPrimitives.MaxMagnitude(values) is >= -1 and <= 1))
        {
            throw Throw.ClearValueOutOfRange(nameof(values));
        }

        var bytes = new ArrayBufferWriter<byte>();
        ClearPart.Write(values, bytes);
        return bytes.WrittenMemory;
    }
}
