using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
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
    /// Decrypts an aggregate of differences, divides it by the total weight and adds the average difference to the model that the clients
    /// trained from. The result carries the scheme's noise: give it to no one who lacks the secret key.
    /// </summary>
    /// <param name="aggregate">The aggregate, of <see cref="ModelDifference"/>s to the base model.</param>
    /// <param name="baseModel">The model that the clients trained from, the same at all of them.</param>
    /// <param name="template">The client's own model, whose buffers are kept.</param>
    /// <param name="step">The optimizer's step by which the average difference moves the model, or null to add it as it is.</param>
    /// <returns>
    /// The moved model, with a bound on its difference to base plus exact average difference; values beyond their tensor's bound end at it.
    /// With an optimizer it is a bound on the error of the average difference that the optimizer took.
    /// </returns>
    /// <exception cref="HeMismatchException">The aggregate was made under other terms, parameters or another key, or a model has another layout.</exception>
    /// <exception cref="HeCapacityException">
    /// The hidden weights are too small compared with the noise to divide by.
    /// </exception>
    /// <exception cref="HeFormatException">The aggregate's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The aggregate's bytes can no longer be read.</exception>
    public AveragedModel DecryptDifference(
        EncryptedAggregate aggregate, ModelParameters baseModel, ModelParameters template, OptimizerStep? step = null)
    {
        ArgumentNullException.ThrowIfNull(baseModel);
        ArgumentNullException.ThrowIfNull(template);
        if (template.Layout.Digest != _terms.Layout.Digest || baseModel.Layout.Digest != _terms.Layout.Digest)
        {
            throw Throw.LayoutMismatch();
        }

        var builder = new FlatModelBuilder(template);
        AverageSummary summary = Decrypt(aggregate, new ModelMover(_terms.Layout, baseModel, builder, step));
        return new AveragedModel(
            builder.Build(), summary.ErrorBounds, summary.Contributions, summary.TotalWeight, summary.IsTotalWeightExact);
    }

    /// <summary>
    /// Decrypts an aggregate of differences, divides it by the total weight, adds the average difference to the model that the clients trained from, and writes the moved model to a destination, one
    /// segment at a time. It carries the scheme's noise: give it to no one who lacks the secret key.
    /// </summary>
    /// <param name="aggregate">The aggregate, of <see cref="ModelDifference"/>s to the base model.</param>
    /// <param name="baseModel">The model that the clients trained from, the same at all of them.</param>
    /// <param name="destination">Receives the moved model; values beyond their tensor's bound end at it. After an exception, discard whatever it received.</param>
    /// <exception cref="HeMismatchException">The aggregate was made under other terms, parameters or another key, or the model has another layout.</exception>
    /// <exception cref="HeCapacityException">
    /// The hidden weights are too small compared with the noise to divide by.
    /// </exception>
    /// <exception cref="HeFormatException">The aggregate's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The aggregate's bytes can no longer be read.</exception>
    public AverageSummary DecryptDifference(EncryptedAggregate aggregate, IFlatModel baseModel, IFlatModelWriter destination)
    {
        ArgumentNullException.ThrowIfNull(baseModel);
        ArgumentNullException.ThrowIfNull(destination);
        return baseModel.Layout.Digest == _terms.Layout.Digest
            ? Decrypt(aggregate, new ModelMover(_terms.Layout, baseModel, destination))
            : throw Throw.LayoutMismatch();
    }

    /// <summary>
    /// Decrypts an aggregate of squeezed differences, divides it by the total weight and adds the averages to the model that the clients trained from, at the
    /// positions that travelled. The result carries the scheme's noise: give it to no one who lacks the secret key.
    /// </summary>
    /// <param name="aggregate">The aggregate, under terms from <see cref="SqueezedUpdates.TermsOf"/>.</param>
    /// <param name="pass">The pass whose positions travelled.</param>
    /// <param name="baseModel">The model that the clients trained from, the same at all of them.</param>
    /// <param name="template">The client's own model, whose buffers are kept.</param>
    /// <param name="next">The pass after the sum, whose positions travel next.</param>
    /// <returns>
    /// The moved model, with a bound on its difference to base plus exact average; values beyond their tensor's bound end at it. What clients
    /// keep back is no part of either, nor is what a client with other positions misplaces of a share too small for the marks: see <see cref="SqueezedUpdates"/>.
    /// </returns>
    /// <exception cref="PositionsMismatchException">A client of the sum took its values from other positions.</exception>
    /// <exception cref="HeMismatchException">The aggregate was made under other terms, parameters or another key, or a model has another layout.</exception>
    /// <exception cref="HeCapacityException">
    /// The hidden weights are too small compared with the noise to divide by, or the noise is too large to read the marks.
    /// </exception>
    /// <exception cref="HeFormatException">The aggregate's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The aggregate's bytes can no longer be read.</exception>
    public AveragedModel DecryptSqueezed(
        EncryptedAggregate aggregate, SqueezePass pass, ModelParameters baseModel, ModelParameters template, out SqueezePass next)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(baseModel);
        ArgumentNullException.ThrowIfNull(template);
        if (template.Layout.Digest != pass.Layout.Digest || baseModel.Layout.Digest != pass.Layout.Digest
            || _terms.Layout.Digest != SqueezedUpdates.LayoutOf(pass.Terms.Count).Digest)
        {
            throw Throw.LayoutMismatch();
        }

        using var averages = new SqueezedAverages(pass);
        AverageSummary summary = Decrypt(aggregate, averages);
        double error = summary.ErrorBounds.Max();
        averages.CheckMarks(error);
        var builder = new FlatModelBuilder(template);
        next = averages.Move(baseModel, builder, error);
        return new AveragedModel(
            builder.Build(), SqueezedAverages.ErrorBounds(template.Layout, error), summary.Contributions, summary.TotalWeight, summary.IsTotalWeightExact);
    }

    /// <summary>
    /// Decrypts an aggregate of controlled differences, moves the model that the clients trained from by the average difference, and the mean of all clients' control variates by the
    /// control differences, as SCAFFOLD does. The results carry the scheme's noise: give them to no one who lacks the secret key.
    /// </summary>
    /// <param name="aggregate">The aggregate, under terms from <see cref="ControlledUpdates.TermsOf"/>.</param>
    /// <param name="controls">The control terms.</param>
    /// <param name="mean">The mean of all clients' control variates in the round.</param>
    /// <param name="clientCount">The number N of all clients, of which those in the sum are some.</param>
    /// <param name="baseModel">The model that the clients trained from, the same at all of them.</param>
    /// <param name="template">The client's own model, whose buffers are kept.</param>
    /// <param name="next">The mean of all clients' control variates after the sum: what it was, and the sum of the control differences divided by N.</param>
    /// <returns>
    /// The moved model, with a bound on its difference to base plus global step times exact average difference; values beyond their tensor's bound end at it. The error of the
    /// mean is the share of the clients in the sum times the error of an average, and the rounding to single precision.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The sum has more clients than there are.</exception>
    /// <exception cref="HeMismatchException">The aggregate was made under other terms, parameters or another key, or a model or the mean has another layout.</exception>
    /// <exception cref="HeFormatException">The aggregate's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The aggregate's bytes can no longer be read.</exception>
    public AveragedModel DecryptControlled(
        EncryptedAggregate aggregate,
        ControlTerms controls,
        ControlVariate mean,
        long clientCount,
        ModelParameters baseModel,
        ModelParameters template,
        out ControlVariate next)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        ArgumentNullException.ThrowIfNull(controls);
        ArgumentNullException.ThrowIfNull(mean);
        ArgumentNullException.ThrowIfNull(baseModel);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentOutOfRangeException.ThrowIfLessThan(clientCount, aggregate.Contributions);
        ModelLayout layout = template.Layout;
        if (baseModel.Layout.Digest != layout.Digest || mean.Values.Length != layout.ParameterCount
            || _terms.Layout.Digest != ControlledUpdates.LayoutOf(controls, layout).Digest)
        {
            throw Throw.LayoutMismatch();
        }

        var builder = new FlatModelBuilder(template);
        var averages = new ControlledAverages(
            new ModelMover(layout, baseModel, builder), controls.GlobalStep, mean, (double)aggregate.Contributions / clientCount);
        AverageSummary summary = Decrypt(aggregate, averages);
        next = averages.After;
        return new AveragedModel(
            builder.Build(), ErrorBoundsOf(layout, summary, controls), summary.Contributions, summary.TotalWeight, summary.IsTotalWeightExact);
    }

    /// <summary>Returns the error bounds of a moved model. The averages have one bound for each averaged tensor, and one for each control behind these; the rounding in the first ones is not diminished by the global step.</summary>
    private static ImmutableArray<double> ErrorBoundsOf(ModelLayout layout, AverageSummary summary, ControlTerms controls)
    {
        int averaged = 0;
        double factor = Math.Max(1, controls.GlobalStep);
        return [.. layout.Tensors.Select(tensor => tensor.IsAggregated ? factor * summary.ErrorBounds[averaged++] : 0)];
    }

    /// <summary>
    /// Decrypts the exact sums of integer updates, and divides them by the number of clients into the averages of a model, or into average
    /// differences that are added to a base model.
    /// </summary>
    /// <param name="aggregate">The aggregate, under terms from <see cref="IntegerUpdates.TermsOf"/>.</param>
    /// <param name="bound">The bound that the terms were created with.</param>
    /// <param name="unit">The value of one unit, positive.</param>
    /// <param name="inputError">The error of one value before it was sent, which the bounds of the average include: half a unit after rounding to nearest.</param>
    /// <param name="baseModel">The model that differences are added to, or null where the integers are no differences.</param>
    /// <param name="template">The client's own model, whose layout the average takes and whose buffers are kept.</param>
    /// <param name="step">The optimizer's step by which average differences move the base model, or null to add them as they are.</param>
    /// <returns>The average; values beyond their tensor's bound end at it.</returns>
    /// <exception cref="HeMismatchException">
    /// The aggregate was made under other terms, parameters or another key, decrypts to sums that no integers within the bound have, or a
    /// model has another layout.
    /// </exception>
    /// <exception cref="HeFormatException">The aggregate's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The aggregate's bytes can no longer be read.</exception>
    public AveragedModel DecryptIntegers(
        EncryptedAggregate aggregate,
        long bound,
        double unit,
        double inputError,
        ModelParameters? baseModel,
        ModelParameters template,
        OptimizerStep? step = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(unit);
        ArgumentOutOfRangeException.ThrowIfNegative(inputError);
        ModelLayout layout = template.Layout;
        if ((baseModel is not null && baseModel.Layout.Digest != layout.Digest) || layout.ParameterCount != _terms.Layout.ParameterCount)
        {
            throw Throw.LayoutMismatch();
        }

        using IntegerSums opened = OpenIntegers(aggregate, bound);
        var averages = new IntegerAverages(aggregate.Contributions, unit, baseModel, template, step);
        for (long start = 0; start < layout.ParameterCount;)
        {
            Span<double> sums = opened.Take((int)Math.Min(IntegerAverages.BlockLength, layout.ParameterCount - start));
            averages.Write(start, sums);
            start += sums.Length;
        }

        return averages.Build(inputError);
    }

    /// <summary>Decrypts the exact sums of integer updates, for a caller that has to transform them before they are sums of a model's values.</summary>
    /// <param name="aggregate">The aggregate, under terms from <see cref="IntegerUpdates.TermsOf"/>.</param>
    /// <param name="bound">The bound that the terms were created with.</param>
    /// <param name="sums">Receives the sums, one for each integer of an update, as doubles that are integers; after an exception, discard whatever it received.</param>
    /// <exception cref="HeMismatchException">
    /// The aggregate was made under other terms, parameters or another key, or decrypts to sums that no integers within the bound have.
    /// </exception>
    /// <exception cref="ArgumentException">The number of sums is wrong.</exception>
    /// <exception cref="HeFormatException">The aggregate's bytes changed since it was read.</exception>
    /// <exception cref="IOException">The aggregate's bytes can no longer be read.</exception>
    public void DecryptIntegers(EncryptedAggregate aggregate, long bound, Span<double> sums)
    {
        if (sums.Length != _terms.Layout.ParameterCount)
        {
            throw Throw.WrongFlatLength(_terms.Layout.ParameterCount, nameof(sums));
        }

        using IntegerSums opened = OpenIntegers(aggregate, bound);
        while (!sums.IsEmpty)
        {
            Span<double> next = opened.Take(Math.Min(IntegerAverages.BlockLength, sums.Length));
            next.CopyTo(sums);
            sums = sums[next.Length..];
        }
    }

    private IntegerSums OpenIntegers(EncryptedAggregate aggregate, long bound)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return aggregate.TermsDigest == _terms.Digest
            ? new IntegerSums(_decryptor, aggregate, _terms, bound)
            : throw Throw.AggregateUnderOtherTerms();
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
