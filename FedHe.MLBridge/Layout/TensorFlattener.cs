using System.Collections.Immutable;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Values;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Kernels;

namespace FedHe.MLBridge.Layout;

/// <summary>
/// A tensor flattener turns a model into one flat vector of values in [-1, 1], each divided by its tensor's bound, and
/// a flat vector of averages back into a model. It is thread-safe.
/// </summary>
/// <remarks>
/// Source: FedML-HE, Table 3, <c>flatten</c> and <c>reshape</c>; the normalization by clipping bounds is not in the
/// paper.
/// </remarks>
public sealed class TensorFlattener
{
    // The length of a block that stays in the first-level cache between passes.
    private const int BlockLength = 1 << 11;

    private readonly ModelLayout _layout;
    private readonly BoundPolicy _policy;

    /// <summary>Creates a flattener for models of one layout.</summary>
    public TensorFlattener(ModelLayout layout, BoundPolicy policy = BoundPolicy.Refuse)
    {
        ArgumentNullException.ThrowIfNull(layout);
        _layout = layout;
        _policy = Enum.IsDefined(policy) ? policy : throw Throw.UndefinedChoice(nameof(policy));
    }

    /// <summary>Writes the model's floating values, each divided by its tensor's bound.</summary>
    /// <param name="model">A model of the layout.</param>
    /// <param name="destination">
    /// Receives <see cref="ModelLayout.ParameterCount"/> values in [-1, 1], each within 2^-53 of the exact quotient.
    /// </param>
    /// <returns>The number of clamped values of each tensor; all zero under <see cref="BoundPolicy.Refuse"/>.</returns>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value is NaN or infinite, or outside its bound under <see cref="BoundPolicy.Refuse"/>.</exception>
    public ClampReport Flatten(ModelParameters model, Span<double> destination)
    {
        CheckArguments(model, destination.Length, nameof(destination));
        var clamped = new long[_layout.Tensors.Length];
        Flatten(model, start: 0, destination, clamped);
        return new ClampReport(ImmutableArray.Create(clamped));
    }

    /// <summary>Writes a range of the flat vector of a model of any size, each value divided by its tensor's bound.</summary>
    /// <param name="model">A model of the layout.</param>
    /// <param name="start">The position of the first value in the flat vector.</param>
    /// <param name="destination">Receives values in [-1, 1], each within 2^-53 of the exact quotient, and sets their number.</param>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value is NaN or infinite, or outside its bound under <see cref="BoundPolicy.Refuse"/>.</exception>
    public void Flatten(IFlatModel model, long start, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckLayout(model);
        Flatten(model, start, destination, new long[_layout.Tensors.Length]);
    }

    /// <summary>Throws when a model has another layout.</summary>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    internal void CheckLayout(IFlatModel model)
    {
        if (model.Layout.Digest != _layout.Digest)
        {
            throw Throw.LayoutMismatch();
        }
    }

    /// <summary>Checks the values of a model from a position to the end, without keeping any.</summary>
    /// <param name="model">A model of the layout.</param>
    /// <param name="start">The position in the flat vector to begin at.</param>
    /// <param name="clamped">For each tensor, increased by the number of values that would be clamped.</param>
    /// <exception cref="ModelValueException">A value is NaN or infinite, or outside its bound under <see cref="BoundPolicy.Refuse"/>.</exception>
    internal void Survey(IFlatModel model, long start, Span<long> clamped)
    {
        while (start < _layout.ParameterCount)
        {
            TensorRun run = _layout.RunAt(start, (int)Math.Min(int.MaxValue, _layout.ParameterCount - start));
            if (model is not ModelParameters parameters || !parameters.AreWithinBound(run))
            {
                Survey(model, start, run.Length, clamped);
            }

            start += run.Length;
        }
    }

    /// <summary>Writes a range of the flat vector.</summary>
    /// <param name="model">A model of the layout.</param>
    /// <param name="start">The position of the first value in the flat vector.</param>
    /// <param name="destination">Receives values in [-1, 1].</param>
    /// <param name="clamped">For each tensor, increased by the number of values that were clamped.</param>
    internal void Flatten(IFlatModel model, long start, Span<double> destination, Span<long> clamped)
    {
        model.CopyFlatTo(start, destination);
        Confine(start, destination, clamped);
        Normalize(start, destination);
    }

    /// <summary>Writes a range of the flat vector, times a factor, of a model whose values are all known to be within their bounds.</summary>
    /// <param name="model">A model of the layout.</param>
    /// <param name="start">The position of the first value in the flat vector.</param>
    /// <param name="factor">The factor of every value, in [0, 1].</param>
    /// <param name="destination">Receives values in [-1, 1], the same as <see cref="Flatten(IFlatModel, long, Span{double}, Span{long})"/> and a multiplication give.</param>
    internal void FlattenWithin(ModelParameters model, long start, double factor, Span<double> destination)
    {
        while (!destination.IsEmpty)
        {
            TensorRun run = _layout.RunAt(start, destination.Length);
            Span<double> values = destination[..run.Length];
            double bound = _layout.Tensors[run.TensorIndex].Bound;
            if (model.GetData(run.TensorIndex) is float[] singles)
            {
                FlatKernel.WidenAndDivide(singles.AsSpan((int)run.Start, run.Length), bound, factor, values);
            }
            else
            {
                model.CopyFlatTo(start, values);
                FlatKernel.Divide(values, bound);
                FlatKernel.Multiply(values, factor, values);
            }

            destination = destination[run.Length..];
            start += run.Length;
        }
    }

    /// <summary>
    /// Creates a model from a flat vector of averages for the floating tensors and from the buffers of a template.
    /// </summary>
    /// <param name="averages">
    /// The averages in units of their tensors' bounds; values outside [-1, 1] are due to noise and are clamped.
    /// </param>
    /// <param name="template">The client's own model, whose buffers are kept.</param>
    /// <exception cref="ArgumentException">The number of averages is wrong, or one is NaN.</exception>
    /// <exception cref="HeMismatchException">The template has another layout.</exception>
    public ModelParameters Reshape(ReadOnlySpan<double> averages, ModelParameters template)
    {
        CheckArguments(template, averages.Length, nameof(averages));
        var builder = new FlatModelBuilder(template);
        using var block = new SecretBuffer(Math.Min(BlockLength, averages.Length));
        int start = 0;
        while (start < averages.Length)
        {
            Span<double> values = block.Span[..Math.Min(block.Span.Length, averages.Length - start)];
            if (!TryDenormalize(start, averages.Slice(start, values.Length), factor: 1, largest: double.PositiveInfinity, values))
            {
                throw Throw.AverageIsNotANumber(nameof(averages));
            }

            builder.Write(start, values);
            start += values.Length;
        }

        return builder.Build();
    }

    /// <summary>
    /// Turns scaled sums, in units of their tensors' bounds, into averages in the tensors' own units, and tells whether all sums were possible.
    /// </summary>
    /// <param name="start">The position of the first value in the flat vector.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="factor">The inverse of the sums' divisor.</param>
    /// <param name="largest">The largest magnitude that a sum may have.</param>
    /// <param name="averages">Receives the averages; it may be the sums themselves.</param>
    /// <returns>False if a sum is NaN or beyond the largest magnitude; use no average then.</returns>
    internal bool TryDenormalize(long start, ReadOnlySpan<double> sums, double factor, double largest, Span<double> averages)
    {
        bool arePossible = true;
        while (!sums.IsEmpty)
        {
            TensorRun run = _layout.RunAt(start, sums.Length);
            double bound = _layout.Tensors[run.TensorIndex].Bound;

            // The exact average is within the bound, so clamping the noisy one only brings it closer to it; and the
            // next round's flattening accepts it.
            arePossible &= ClampedProducts.TryWrite(sums[..run.Length], factor * bound, bound, largest, averages);
            sums = sums[run.Length..];
            averages = averages[run.Length..];
            start += run.Length;
        }

        return arePossible;
    }

    /// <summary>Checks a range of the flat vector, block by block.</summary>
    private void Survey(IFlatModel model, long start, int length, Span<long> clamped)
    {
        using var buffer = new SecretBuffer(Math.Min(BlockLength, length));
        for (long end = start + length; start < end; start += buffer.Span.Length)
        {
            Span<double> block = buffer.Span[..(int)Math.Min(buffer.Span.Length, end - start)];
            model.CopyFlatTo(start, block);
            Confine(start, block, clamped);
        }
    }

    private void CheckArguments(ModelParameters model, int length, string parameter)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckLayout(model);
        if (length != _layout.ParameterCount)
        {
            throw Throw.WrongFlatLength(_layout.ParameterCount, parameter);
        }
    }

    /// <summary>Refuses or clamps values outside their tensor's bound.</summary>
    private void Confine(long start, Span<double> flat, Span<long> clamped)
    {
        while (!flat.IsEmpty)
        {
            TensorRun run = _layout.RunAt(start, flat.Length);
            clamped[run.TensorIndex] += Confine(_layout.Tensors[run.TensorIndex], run.Start, flat[..run.Length]);
            flat = flat[run.Length..];
            start += run.Length;
        }
    }

    /// <summary>Divides values by their tensor's bound.</summary>
    private void Normalize(long start, Span<double> flat)
    {
        while (!flat.IsEmpty)
        {
            TensorRun run = _layout.RunAt(start, flat.Length);
            FlatKernel.Divide(flat[..run.Length], _layout.Tensors[run.TensorIndex].Bound);
            flat = flat[run.Length..];
            start += run.Length;
        }
    }

    /// <summary>Refuses or clamps values outside a tensor's bound and returns the number of clamped ones.</summary>
    private int Confine(TensorSpec tensor, long start, Span<double> values)
    {
        if (ValueKernel.AreWithin<double>(values, tensor.Bound))
        {
            return 0;
        }

        int clamped = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw new ModelValueException(ValueError.NotFinite, tensor.Name, start + i);
            }

            if (Math.Abs(values[i]) > tensor.Bound)
            {
                if (_policy == BoundPolicy.Refuse)
                {
                    throw new ModelValueException(ValueError.OutsideBound, tensor.Name, start + i);
                }

                values[i] = Math.CopySign(tensor.Bound, values[i]);
                clamped++;
            }
        }

        return clamped;
    }
}
