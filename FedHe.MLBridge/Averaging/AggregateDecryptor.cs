using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Averaging;

/// <summary>
/// An aggregate decryptor turns an encrypted aggregate into the averaged model, for holders of the secret key. It is
/// thread-safe.
/// </summary>
/// <remarks>
/// Source: FedML-HE, Algorithm 1 and Table 3, <c>dec</c> and <c>reshape</c>; the division by the total weight takes
/// place here.
/// </remarks>
/// <example>
/// <code>
/// // A key holder has an aggregate and its own model, whose layout the average takes.
/// var decryptor = new AggregateDecryptor(he.CreateDecryptor(keys.SecretKey), terms);
/// AveragedModel average = decryptor.Decrypt(aggregate, model);
/// ReadOnlySpan&lt;float&gt; bias = average.Parameters.Get&lt;float&gt;("bias");
/// double promised = average.MaxErrorBound;
/// </code>
/// </example>
public sealed class AggregateDecryptor
{
    private readonly IDecryptor _decryptor;
    private readonly AggregationTerms _terms;
    private readonly TensorFlattener _flattener;

    /// <summary>Creates an aggregate decryptor.</summary>
    /// <param name="decryptor">Decrypts under the job's key.</param>
    /// <param name="terms">The terms that all parties agreed upon.</param>
    public AggregateDecryptor(IDecryptor decryptor, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(decryptor);
        ArgumentNullException.ThrowIfNull(terms);
        _decryptor = decryptor;
        _terms = terms;
        _flattener = new TensorFlattener(terms.Layout);
    }

    /// <summary>
    /// Decrypts an aggregate and divides it by the total weight. The model carries the scheme's noise: give it to no
    /// one who lacks the secret key.
    /// </summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="template">The client's own model, whose buffers are kept.</param>
    /// <exception cref="HeMismatchException">The aggregate was made under other terms, parameters or another key, or the template has another layout.</exception>
    /// <exception cref="HeCapacityException">
    /// The hidden weights are too small compared with the noise to divide by.
    /// </exception>
    /// <exception cref="HeFormatException">The aggregate's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The aggregate's bytes can no longer be read.</exception>
    public AveragedModel Decrypt(EncryptedAggregate aggregate, ModelParameters template)
    {
        ArgumentNullException.ThrowIfNull(template);
        if (template.Layout.Digest != _terms.Layout.Digest)
        {
            throw Throw.LayoutMismatch();
        }

        var builder = new FlatModelBuilder(template);
        AverageSummary summary = Decrypt(aggregate, builder);
        return new AveragedModel(
            builder.Build(), summary.ErrorBounds, summary.Contributions, summary.TotalWeight, summary.IsTotalWeightExact);
    }

    /// <summary>
    /// Decrypts an aggregate, divides it by the total weight and writes the averages to a destination, one segment at a
    /// time. They carry the scheme's noise: give them to no one who lacks the secret key.
    /// </summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="destination">Receives the averages; after an exception, discard whatever it received.</param>
    /// <exception cref="HeMismatchException">
    /// The aggregate was made under other terms, parameters or another key, or decrypts to values that no average has.
    /// </exception>
    /// <exception cref="HeCapacityException">
    /// The hidden weights are too small compared with the noise to divide by.
    /// </exception>
    /// <exception cref="HeFormatException">The aggregate's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The aggregate's bytes can no longer be read.</exception>
    public AverageSummary Decrypt(EncryptedAggregate aggregate, IFlatModelWriter destination)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        ArgumentNullException.ThrowIfNull(destination);
        if (aggregate.TermsDigest != _terms.Digest)
        {
            throw Throw.AggregateUnderOtherTerms();
        }

        using var encrypted = new DecryptedValues(_decryptor, aggregate.Segments);
        AverageDivisor divisor = aggregate.TotalWeight is long totalWeight
            ? AverageDivisor.OfClear(aggregate, totalWeight)
            : AverageDivisor.OfHidden(aggregate, _terms, encrypted.Take(1)[0]);
        using var averages = new AverageValues(
            _terms, _flattener, encrypted, divisor, aggregate.ClearSums);
        averages.WriteTo(destination);
        return new AverageSummary(
            AverageError.PerTensor(_terms, divisor.EncryptedError, divisor.ClearError),
            aggregate.Contributions,
            divisor.TotalWeight,
            divisor.IsTotalWeightExact);
    }
}
