using System.Numerics.Tensors;
using FedHe.Crypto;

namespace FedHe.MLBridge;

/// <summary>Turns a client's model into an encrypted update. Thread-safe.</summary>
/// <remarks>
/// Source: FedML-HE, Algorithm 1 and Table 3. Instead of the paper's real factors, the server weighs by integers and the
/// division happens after decryption; with hidden weights the client sends [f, f*x], where f is its weight over the largest.
/// </remarks>
public sealed class UpdateEncryptor
{
    private readonly IEncryptor _encryptor;
    private readonly IVectorCompressor? _compressor;
    private readonly AggregationTerms _terms;
    private readonly TensorFlattener _flattener;

    /// <summary>Creates an encryptor of updates.</summary>
    /// <param name="encryptor">Encrypts under the job's key.</param>
    /// <param name="terms">What all parties agreed upon.</param>
    /// <param name="policy">What happens to values outside their bound.</param>
    /// <param name="evaluator">Leaves out what the terms' precision allows; needed where the terms state one.</param>
    /// <exception cref="ArgumentException">The terms state a precision, and there is no evaluator.</exception>
    public UpdateEncryptor(
        IEncryptor encryptor, AggregationTerms terms, BoundPolicy policy = BoundPolicy.Refuse, IAdditiveEvaluator? evaluator = null)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(terms);
        if (terms.Precision is not null && evaluator is null)
        {
            throw Throw.PrecisionNeedsEvaluator(nameof(evaluator));
        }

        _encryptor = encryptor;
        _compressor = evaluator as IVectorCompressor;
        _terms = terms;
        _flattener = new TensorFlattener(terms.Layout, policy);
    }

    /// <summary>Encrypts a model.</summary>
    /// <param name="model">The client's model after local training.</param>
    /// <param name="weight">The client's weight, usually its number of samples: 1 to <see cref="AggregationTerms.MaxWeight"/>.</param>
    /// <param name="binding">What the update belongs to.</param>
    /// <returns>The update; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The weight is out of range.</exception>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value cannot be encrypted.</exception>
    /// <exception cref="HeCapacityException">Values of magnitude 1 do not fit the parameters.</exception>
    public EncryptedModelUpdate Encrypt(ModelParameters model, long weight, UpdateBinding binding)
        => Encrypt(model, weight, binding, out _);

    /// <inheritdoc cref="Encrypt(ModelParameters, long, UpdateBinding)"/>
    /// <param name="model">The client's model after local training.</param>
    /// <param name="weight">The client's weight, usually its number of samples: 1 to <see cref="AggregationTerms.MaxWeight"/>.</param>
    /// <param name="binding">What the update belongs to.</param>
    /// <param name="clamped">How many values were moved to their bound. It stays with the client.</param>
    public EncryptedModelUpdate Encrypt(ModelParameters model, long weight, UpdateBinding binding, out ClampReport clamped)
    {
        ArgumentNullException.ThrowIfNull(binding);
        ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, _terms.MaxWeight);
        if (_terms.Weighting == Weighting.Hidden)
        {
            return EncryptHidden(model, weight, binding, out clamped);
        }

        var flat = new double[_terms.Layout.ParameterCount];
        clamped = _flattener.Flatten(model, flat);
        var clear = new double[_terms.Mask.ClearCount];
        _terms.Mask.GatherClear(flat, clear);
        return new EncryptedModelUpdate(_terms, binding, weight, EncryptMasked(flat), ClearPart.Encode(clear));
    }

    private EncryptedModelUpdate EncryptHidden(ModelParameters model, long weight, UpdateBinding binding, out ClampReport clamped)
    {
        // Hidden weights imply a full mask, so the flat vector is all there is.
        var values = new double[_terms.VectorLength];
        Span<double> flat = values.AsSpan(1);
        clamped = _flattener.Flatten(model, flat);
        values[0] = (double)weight / _terms.MaxWeight;
        TensorPrimitives.Multiply(flat, values[0], flat);
        return new EncryptedModelUpdate(_terms, binding, weight: null, EncryptVector(values), clearValues: []);
    }

    private EncryptedVector? EncryptMasked(double[] flat)
    {
        if (_terms.VectorLength == 0)
        {
            return null;
        }

        if (_terms.Mask.IsAll)
        {
            return EncryptVector(flat);
        }

        var encrypted = new double[_terms.VectorLength];
        _terms.Mask.GatherEncrypted(flat, encrypted);
        return EncryptVector(encrypted);
    }

    private EncryptedVector EncryptVector(double[] values)
    {
        EncryptedVector fresh = _encryptor.Encrypt(values, maxAbs: 1);
        if (_terms.Precision is not TransferPrecision precision || _compressor is null)
        {
            return fresh;
        }

        using (fresh)
        {
            return _compressor.Compress(fresh, precision.UploadDeviation);
        }
    }
}
