using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;

namespace FedHe.MLBridge.Averaging;

/// <summary>The weighted average of the clients' models, with a bound on its error.</summary>
/// <param name="Parameters">The averages in their tensors' element types; the buffers are the template's.</param>
/// <param name="ErrorBounds">
/// For each tensor, in the order of the layout: a bound on the difference between any value and the exact average of
/// the same (clamped) inputs, including the rounding to the element type; 0 for buffers. A single value exceeds the
/// bound with probability at most 2^-80.
/// </param>
/// <param name="Contributions">The number of clients averaged over.</param>
/// <param name="TotalWeight">The sum of the clients' weights.</param>
/// <param name="IsTotalWeightExact">
/// Whether <paramref name="TotalWeight"/> is exact. A hidden total weight is decrypted, and only an estimate when the
/// noise of the sum exceeds half a unit of weight.
/// </param>
public sealed record AveragedModel(
    ModelParameters Parameters,
    ImmutableArray<double> ErrorBounds,
    int Contributions,
    long TotalWeight,
    bool IsTotalWeightExact)
{
    /// <summary>The largest error bound of any tensor; see <see cref="ErrorBounds"/>.</summary>
    public double MaxErrorBound => ErrorBounds.Max();

    /// <summary>
    /// Divides the opened sums of integer updates by the number of clients, for a caller that transformed them: see <see
    /// cref="AggregateDecryptor.DecryptIntegers(Aggregation.EncryptedAggregate, long, Span{double})"/>.
    /// </summary>
    /// <param name="sums">The sums, one for each value of the model in the order of its flat vector; they become averages where they lie.</param>
    /// <param name="contributions">The number of clients in the sums, positive.</param>
    /// <param name="unit">The value of one unit, positive.</param>
    /// <param name="inputError">The error of one value before it was sent, and of what was done to its sum, in units of the model's values; at least 0.</param>
    /// <param name="baseModel">The model that average differences are added to, or null where the sums are no sums of differences.</param>
    /// <param name="template">The client's own model, whose layout the average takes and whose buffers are kept.</param>
    /// <param name="step">The optimizer's step by which average differences move the base model, or null to add them as they are.</param>
    /// <returns>The average, equal bit for bit where sums and models are; values beyond their tensor's bound end at it.</returns>
    /// <exception cref="HeMismatchException">The base model has another layout than the template.</exception>
    /// <exception cref="ArgumentException">The number of sums is wrong, or a number is out of range.</exception>
    public static AveragedModel OfIntegers(
        Span<double> sums,
        int contributions,
        double unit,
        double inputError,
        ModelParameters? baseModel,
        ModelParameters template,
        OptimizerStep? step = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(contributions);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(unit);
        ArgumentOutOfRangeException.ThrowIfNegative(inputError);
        if (sums.Length != template.Layout.ParameterCount)
        {
            throw Throw.WrongFlatLength(template.Layout.ParameterCount, nameof(sums));
        }

        if (baseModel is not null && baseModel.Layout.Digest != template.Layout.Digest)
        {
            throw Throw.LayoutMismatch();
        }

        var averages = new IntegerAverages(contributions, unit, baseModel, template, step);
        averages.Write(0, sums);
        return averages.Build(inputError);
    }

    /// <summary>Returns the error bound of a tensor, in the tensor's own units.</summary>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    public double ErrorBoundOf(string tensorName) => ErrorBounds[Parameters.Layout.IndexOf(tensorName)];
}
