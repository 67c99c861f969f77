using FedHe.Crypto;

namespace FedHe.MLBridge;

/// <summary>Turns an aggregate into the averaged model, for key holders. Thread-safe.</summary>
/// <remarks>Source: FedML-HE, Algorithm 1 and Table 3, <c>dec</c> and <c>reshape</c>; the division by the total weight is here.</remarks>
public sealed class UpdateDecryptor
{
    private readonly IDecryptor _decryptor;
    private readonly AggregationTerms _terms;
    private readonly TensorFlattener _flattener;

    /// <summary>Creates a decryptor of aggregates.</summary>
    /// <param name="decryptor">Decrypts under the job's key.</param>
    /// <param name="terms">What all parties agreed upon.</param>
    public UpdateDecryptor(IDecryptor decryptor, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(decryptor);
        ArgumentNullException.ThrowIfNull(terms);
        _decryptor = decryptor;
        _terms = terms;
        _flattener = new TensorFlattener(terms.Layout);
    }

    /// <summary>
    /// Decrypts an aggregate and divides it by the total weight. The model carries scheme noise: give it to no one who
    /// lacks the secret key.
    /// </summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="template">The client's own model, whose buffers are kept.</param>
    /// <exception cref="HeMismatchException">The aggregate was made under other terms, parameters or another key, or the template has another layout.</exception>
    /// <exception cref="HeCapacityException">The hidden weights are too small beside the noise to divide by.</exception>
    public AveragedModel Decrypt(EncryptedAggregate aggregate, ModelParameters template)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        ArgumentNullException.ThrowIfNull(template);
        if (aggregate.TermsDigest != _terms.Digest)
        {
            throw Throw.AggregateUnderOtherTerms();
        }

        return aggregate.TotalWeight is long totalWeight
            ? DecryptClear(aggregate, totalWeight, template)
            : DecryptHidden(aggregate, template);
    }

    private AveragedModel DecryptClear(EncryptedAggregate aggregate, long totalWeight, ModelParameters template)
    {
        var flat = new double[_terms.Layout.ParameterCount];
        double error = 0;
        if (aggregate.Vector is EncryptedVector vector)
        {
            double[] values = DecryptVector(vector);
            Divide(values, totalWeight);
            _terms.Mask.ScatterEncrypted<double>(values, flat);
            error = vector.Bound.ErrorBound / totalWeight;
        }

        var clear = new double[_terms.Mask.ClearCount];
        ClearPart.Average(aggregate.ClearSums, totalWeight, clear);
        _terms.Mask.ScatterClear<double>(clear, flat);
        return Finish(aggregate, flat, error, totalWeight, isTotalWeightExact: true, template);
    }

    private AveragedModel DecryptHidden(EncryptedAggregate aggregate, ModelParameters template)
    {
        // Hidden weights imply a full mask: the vector is the weight and then the whole flat vector.
        double sumError = aggregate.Vector!.Bound.ErrorBound;
        double[] values = DecryptVector(aggregate.Vector);
        bool isExact = AverageError.IsWeightExact(sumError, _terms.MaxWeight);
        if (!isExact && values[0] <= 2 * sumError)
        {
            throw Throw.HiddenWeightsDrownInNoise();
        }

        long largest = (long)Math.Min((double)aggregate.Contributions * _terms.MaxWeight, long.MaxValue / 2);
        long totalWeight = (long)Math.Clamp(Math.Round(values[0] * _terms.MaxWeight), aggregate.Contributions, largest);
        double divisor = isExact ? (double)totalWeight / _terms.MaxWeight : values[0];
        Span<double> flat = values.AsSpan(1);
        Divide(flat, divisor);
        return Finish(aggregate, flat, AverageError.OfHidden(sumError, divisor, isExact), totalWeight, isExact, template);
    }

    private AveragedModel Finish(
        EncryptedAggregate aggregate,
        ReadOnlySpan<double> flat,
        double encryptedError,
        long totalWeight,
        bool isTotalWeightExact,
        ModelParameters template)
        => new(
            _flattener.Reshape(flat, template),
            AverageError.PerTensor(_terms, encryptedError),
            aggregate.Contributions,
            totalWeight,
            isTotalWeightExact);

    private double[] DecryptVector(EncryptedVector vector)
    {
        var values = new double[vector.Length];
        _decryptor.Decrypt(vector, values);
        return values;
    }

    private static void Divide(Span<double> values, double divisor)
        => System.Numerics.Tensors.TensorPrimitives.Divide(values, divisor, values);
}
