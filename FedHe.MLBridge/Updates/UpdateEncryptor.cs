using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>An update encryptor turns a client's model into an encrypted update. It is thread-safe.</summary>
/// <remarks>
/// Source: FedML-HE, Algorithm 1 and Table 3. Instead of the paper's real factors, the server multiplies by integer
/// weights, and the division follows decryption; with hidden weights the client sends [f, f*x], where f is its weight
/// divided by the largest weight.
/// </remarks>
/// <example>
/// <code>
/// var layout = new ModelLayout(new TensorSpec("bias", ElementType.Float32, [4], bound: 8));
/// var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 10_000);
/// using HeContext he = new CkksScheme().CreateContext();
/// using KeyPair keys = he.GenerateKeyPair();
/// var encryptor = new UpdateEncryptor(he.CreateEncryptor(keys.SecretKey), he.Public, terms);
/// ModelParameters model = ModelParameters.CreateBuilder(layout).Set&lt;float&gt;("bias", new float[4]).Build();
/// var slot = new UploadSlot(Guid.NewGuid(), round: 1, attempt: 1, new ClientId("north"));
/// using EncryptedModelUpdate update = encryptor.Encrypt(model, weight: 1200, slot);
/// </code>
/// </example>
public sealed class UpdateEncryptor
{
    private readonly IEncryptor _encryptor;
    private readonly HePublicContext _context;
    private readonly AggregationTerms _terms;
    private readonly SegmentPlan _plan;
    private readonly TensorFlattener _flattener;
    private readonly WeightRule _rule;
    private readonly long _referenceWeight;

    /// <summary>Creates an encryptor of updates.</summary>
    /// <param name="encryptor">Encrypts under the job's key.</param>
    /// <param name="context">The public context of the job's parameters.</param>
    /// <param name="terms">The terms that all parties agreed upon.</param>
    /// <param name="policy">The treatment of values outside their tensors' bounds.</param>
    /// <param name="referenceWeight">
    /// The weight that counts fully where the scheme adds every vector once and clients multiply, the same for all updates
    /// of an aggregation: 1 to <see cref="AggregationTerms.MaxWeight"/>, which is the default.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The reference weight is out of range.</exception>
    /// <exception cref="HeMismatchException">The encryptor and the context belong to different parameters.</exception>
    public UpdateEncryptor(
        IEncryptor encryptor,
        HePublicContext context,
        AggregationTerms terms,
        BoundPolicy policy = BoundPolicy.Refuse,
        long? referenceWeight = null)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        if (encryptor.Parameters.Id != context.Parameters.Id)
        {
            throw Throw.EncryptorOfOtherParameters();
        }

        _encryptor = encryptor;
        _context = context;
        _terms = terms;
        _plan = SegmentPlan.Of(terms.VectorLength, context.Parameters);
        _flattener = new TensorFlattener(terms.Layout, policy);
        _rule = WeightRules.Of(terms, context);
        _referenceWeight = terms.CheckReferenceWeight(referenceWeight);
    }

    /// <summary>Computes the exact length in bytes of an update.</summary>
    /// <param name="context">The public context of the job's parameters.</param>
    /// <param name="terms">The terms that all parties agreed upon.</param>
    /// <param name="form">The form of the vectors that the client's encryptor makes.</param>
    /// <param name="slot">The job, round, attempt and client that the update is for.</param>
    public static long EncodedLength(HePublicContext context, AggregationTerms terms, VectorForm form, UploadSlot slot)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(slot);
        return UpdateHead.EncodedLengthOf(
            EncryptionReceipt.SchemeNameOf(terms, context.Parameters),
            slot.Client.Value.Length,
            terms.Mask.ClearCount,
            SegmentPlan.Of(terms.VectorLength, context.Parameters).EncodedLength(context, form, terms.Precision?.UploadDeviation));
    }

    /// <summary>
    /// Encrypts a model into memory; <see cref="Write(IFlatModel, long, UploadSlot, Stream)"/> needs less memory.
    /// </summary>
    /// <param name="model">The client's model after local training.</param>
    /// <param name="weight">The client's weight, usually its number of samples: 1 to <see cref="AggregationTerms.MaxWeight"/>.</param>
    /// <param name="slot">The job, round, attempt and client that the update is for.</param>
    /// <returns>The update; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value cannot be encrypted.</exception>
    /// <exception cref="HeCapacityException">Values of magnitude 1 do not fit the parameters.</exception>
    /// <exception cref="TooLongForMemoryException">The values in clear are longer than an array; write the update to a stream instead.</exception>
    public EncryptedModelUpdate Encrypt(IFlatModel model, long weight, UploadSlot slot)
        => Encrypt(model, weight, slot, out _);

    /// <inheritdoc cref="Encrypt(IFlatModel, long, UploadSlot)"/>
    /// <param name="model">The client's model after local training.</param>
    /// <param name="weight">The client's weight, usually its number of samples: 1 to <see cref="AggregationTerms.MaxWeight"/>.</param>
    /// <param name="slot">The job, round, attempt and client that the update is for.</param>
    /// <param name="clamped">The number of values that were moved to their bounds, which stays with the client.</param>
    public EncryptedModelUpdate Encrypt(IFlatModel model, long weight, UploadSlot slot, out ClampReport clamped)
    {
        Check(model, weight, slot);
        using var segments = new SegmentEncryption(_encryptor, _plan, new VectorValues(model, _flattener, _terms, FactorOf(weight)), IsAtHand(model));
        clamped = segments.Survey();
        long clearLength = sizeof(int) * _terms.Mask.ClearCount;
        var clear = new ArrayBufferWriter<byte>(clearLength <= Array.MaxLength ? Math.Max(1, (int)clearLength) : throw Throw.EncodingTooLong(clearLength));
        WriteClear(model, FactorOf(weight), clear, visitor: null);
        var vectors = new List<EncryptedVector>(_plan.Count);
        try
        {
            for (int i = 0; i < _plan.Count; i++)
            {
                vectors.Add(Compress(segments.EncryptNext()));
            }

            var held = new HeldSegments([.. vectors]);
            UpdateHead head = HeadOf(weight, slot, held.EncodedLength);
            return new EncryptedModelUpdate(head, ClearIntegers.OfUpdate(clear.WrittenMemory), held);
        }
        catch
        {
            vectors.ForEach(vector => vector.Dispose());
            throw;
        }
    }

    /// <summary>
    /// Encrypts a model and writes the update one segment at a time. Every value is checked before the first byte is
    /// written.
    /// </summary>
    /// <remarks>The update has the same content as one made by <see cref="Encrypt(IFlatModel, long, UploadSlot)"/>.</remarks>
    /// <param name="model">The client's model after local training; it is read several times.</param>
    /// <param name="weight">The client's weight, usually its number of samples: 1 to <see cref="AggregationTerms.MaxWeight"/>.</param>
    /// <param name="slot">The job, round, attempt and client that the update is for.</param>
    /// <param name="destination">Receives the bytes; after an exception, discard whatever it received.</param>
    /// <returns>The number of values that were moved to their bounds, which stays with the client.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value cannot be encrypted.</exception>
    /// <exception cref="HeCapacityException">Values of magnitude 1 do not fit the parameters.</exception>
    /// <exception cref="InvalidOperationException">The encryptor makes vectors of another form or length than it states.</exception>
    public ClampReport Write(IFlatModel model, long weight, UploadSlot slot, IBufferWriter<byte> destination)
        => WriteCore(model, weight, slot, destination, visitor: null);

    /// <inheritdoc cref="Write(IFlatModel, long, UploadSlot, IBufferWriter{byte})"/>
    /// <param name="model">The client's model after local training; it is read several times.</param>
    /// <param name="weight">The client's weight, usually its number of samples: 1 to <see cref="AggregationTerms.MaxWeight"/>.</param>
    /// <param name="slot">The job, round, attempt and client that the update is for.</param>
    /// <param name="destination">Receives the bytes; after an exception, discard whatever it received.</param>
    /// <param name="visitor">Sees the update as it is written.</param>
    public ClampReport Write(
        IFlatModel model, long weight, UploadSlot slot, IBufferWriter<byte> destination, IUpdateVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        return WriteCore(model, weight, slot, destination, visitor);
    }

    /// <inheritdoc cref="Write(IFlatModel, long, UploadSlot, IBufferWriter{byte})"/>
    public ClampReport Write(IFlatModel model, long weight, UploadSlot slot, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var buffer = new StreamBuffer(destination);
        ClampReport clamped = Write(model, weight, slot, buffer);
        buffer.Flush();
        return clamped;
    }

    private ClampReport WriteCore(
        IFlatModel model, long weight, UploadSlot slot, IBufferWriter<byte> destination, IUpdateVisitor? visitor)
    {
        Check(model, weight, slot);
        ArgumentNullException.ThrowIfNull(destination);
        using var segments = new SegmentEncryption(_encryptor, _plan, new VectorValues(model, _flattener, _terms, FactorOf(weight)), IsAtHand(model));
        ClampReport clamped = segments.Survey();

        long encryptedLength = _plan.EncodedLength(_context, _encryptor.Form, _terms.Precision?.UploadDeviation);
        HeadOf(weight, slot, encryptedLength).Write(new WireWriter(destination));
        WriteClear(model, FactorOf(weight), destination, visitor);
        for (int i = 0; i < _plan.Count; i++)
        {
            using EncryptedVector segment = Compress(segments.EncryptNext());

            // The head announced this length: with another one nobody could read the bytes.
            if (segment.EncodedLength != _plan.EncodedLengthOf(i, _context, _encryptor.Form, _terms.Precision?.UploadDeviation))
            {
                throw Throw.UnplannedLength();
            }

            visitor?.VisitSegment(i, segment);
            SegmentSet.Write(i, segment, destination);
        }

        return clamped;
    }

    private void Check(IFlatModel model, long weight, UploadSlot slot)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(slot);
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, _terms.MaxWeight);
    }

    private UpdateHead HeadOf(long weight, UploadSlot slot, long encryptedLength) => new(
        _terms.Digest,
        slot,
        EncryptionReceipt.For(_terms, _encryptor.Parameters, _encryptor.KeyId, encryptedLength),
        _terms.Weighting == Weighting.Hidden ? null : weight);

    /// <summary>Tells whether values can be read from anywhere in the model, in the order in which they are encrypted.</summary>
    private bool IsAtHand(IFlatModel model) => model is ModelParameters && _terms.Mask.IsAll;

    private EncryptedVector Compress(EncryptedVector fresh)
    {
        if (_terms.Precision is not TransferPrecision precision || _context.Compressor is not { } compressor)
        {
            return fresh;
        }

        using (fresh)
        {
            return compressor.Compress(fresh, precision.UploadDeviation);
        }
    }

    /// <summary>Computes the factor that the client multiplies its values by, or null when the server multiplies.</summary>
    private double? FactorOf(long weight) => _rule switch
    {
        WeightRule.Hidden => (double)weight / _terms.MaxWeight,
        WeightRule.ClientMultiplies => WeightFactor.FromUnits(WeightFactor.UnitsOf(weight, _referenceWeight)),
        _ => null,
    };

    private void WriteClear(IFlatModel model, double? factor, IBufferWriter<byte> destination, IUpdateVisitor? visitor)
    {
        Span<long> integers = visitor is null ? [] : stackalloc long[ClearIntegers.BlockLength];
        using var values = new SelectedValues(model, _flattener, _terms.Mask, isEncrypted: false, factor);
        for (long remaining = _terms.Mask.ClearCount; remaining > 0;)
        {
            Span<double> block = values.Take((int)Math.Min(int.MaxValue, remaining));
            ReadOnlySpan<byte> written = ClearPart.Write(block, destination);
            if (visitor is not null)
            {
                WireIntegers.Read(written, sizeof(int), integers[..block.Length]);
                visitor.VisitClear(integers[..block.Length]);
            }

            remaining -= block.Length;
        }
    }
}
