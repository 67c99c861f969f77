using System.Collections.Immutable;
using System.Numerics.Tensors;

namespace FedHe.MLBridge;

/// <summary>
/// Turns a model into one flat vector of values in [-1, 1], each divided by its tensor's bound, and a flat vector of
/// averages back into a model. Thread-safe.
/// </summary>
/// <remarks>Source: FedML-HE, Table 3, <c>flatten</c> and <c>reshape</c>; the normalisation by clipping bounds is ours.</remarks>
public sealed class TensorFlattener
{
    private readonly ModelLayout _layout;
    private readonly BoundPolicy _policy;

    /// <summary>Creates a flattener for models of one layout.</summary>
    public TensorFlattener(ModelLayout layout, BoundPolicy policy = BoundPolicy.Refuse)
    {
        ArgumentNullException.ThrowIfNull(layout);
        _layout = layout;
        _policy = Enum.IsDefined(policy) ? policy : throw Throw.UndefinedChoice(nameof(policy));
    }

    /// <summary>Writes the model's floating values, divided by their bounds.</summary>
    /// <param name="model">A model of the layout.</param>
    /// <param name="destination">Receives <see cref="ModelLayout.ParameterCount"/> values in [-1, 1], each within 2^-53 of exact.</param>
    /// <returns>How many values were clamped; all zero under <see cref="BoundPolicy.Refuse"/>.</returns>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="Crypto.HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModelValueException">A value is NaN or infinite, or outside its bound under <see cref="BoundPolicy.Refuse"/>.</exception>
    public ClampReport Flatten(ModelParameters model, Span<double> destination)
    {
        CheckArguments(model, destination.Length, nameof(destination));
        var clamped = new int[_layout.Tensors.Length];
        for (int i = 0; i < clamped.Length; i++)
        {
            TensorSpec tensor = _layout.Tensors[i];
            if (tensor.IsAggregated)
            {
                Span<double> values = destination.Slice(_layout.OffsetOf(i), tensor.ElementCount);
                Widen(tensor.ElementType, model.GetData(i), values);
                clamped[i] = Confine(tensor, values);
                TensorPrimitives.Divide(values, tensor.Bound, values);
            }
        }

        return new ClampReport(ImmutableArray.Create(clamped));
    }

    /// <summary>Makes a model of averages: floating tensors from the flat vector, buffers from the template.</summary>
    /// <param name="averages">Values in units of their tensor's bound. Those outside [-1, 1] are noise and are moved to the limit.</param>
    /// <param name="template">The client's own model, whose buffers are kept.</param>
    /// <exception cref="ArgumentException">There is another number of averages, or one is NaN.</exception>
    /// <exception cref="Crypto.HeMismatchException">The template has another layout.</exception>
    public ModelParameters Reshape(ReadOnlySpan<double> averages, ModelParameters template)
    {
        CheckArguments(template, averages.Length, nameof(averages));
        var tensors = new Array[_layout.Tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            TensorSpec tensor = _layout.Tensors[i];
            tensors[i] = tensor.IsAggregated
                ? Narrow(tensor, averages.Slice(_layout.OffsetOf(i), tensor.ElementCount))
                : template.GetData(i);
        }

        return new ModelParameters(_layout, tensors);
    }

    private void CheckArguments(ModelParameters model, int length, string parameter)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Layout.Digest != _layout.Digest)
        {
            throw Throw.LayoutMismatch();
        }

        if (length != _layout.ParameterCount)
        {
            throw Throw.WrongFlatLength(_layout.ParameterCount, parameter);
        }
    }

    private static void Widen(ElementType type, Array source, Span<double> destination)
    {
        switch (type)
        {
            case ElementType.Float32:
                TensorPrimitives.ConvertChecked<float, double>((float[])source, destination);
                break;
            case ElementType.Float16:
                TensorPrimitives.ConvertChecked<Half, double>((Half[])source, destination);
                break;
            case ElementType.BFloat16:
                var bits = (ushort[])source;
                for (int i = 0; i < bits.Length; i++)
                {
                    destination[i] = FloatingFormat.FromBFloat16Bits(bits[i]);
                }

                break;
            default:
                ((double[])source).CopyTo(destination);
                break;
        }
    }

    /// <summary>Refuses or clamps values outside the bound and tells how many were clamped.</summary>
    private int Confine(TensorSpec tensor, Span<double> values)
    {
        // The largest magnitude is NaN when any value is, so one vectorised pass settles the usual case.
        if (Math.Abs(TensorPrimitives.MaxMagnitude<double>(values)) <= tensor.Bound)
        {
            return 0;
        }

        int clamped = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                throw new ModelValueException(Crypto.ValueError.NotFinite, tensor.Name, i);
            }

            if (Math.Abs(values[i]) > tensor.Bound)
            {
                if (_policy == BoundPolicy.Refuse)
                {
                    throw new ModelValueException(Crypto.ValueError.OutsideBound, tensor.Name, i);
                }

                values[i] = Math.CopySign(tensor.Bound, values[i]);
                clamped++;
            }
        }

        return clamped;
    }

    private static Array Narrow(TensorSpec tensor, ReadOnlySpan<double> averages) => tensor.ElementType switch
    {
        ElementType.Float32 => Narrow(averages, tensor.Bound, value => (float)value),
        ElementType.Float16 => Narrow(averages, tensor.Bound, value => (Half)value),
        ElementType.BFloat16 => Narrow(averages, tensor.Bound, FloatingFormat.ToBFloat16Bits),
        _ => Narrow(averages, tensor.Bound, value => value),
    };

    private static T[] Narrow<T>(ReadOnlySpan<double> averages, double bound, Func<double, T> round)
    {
        var values = new T[averages.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsNaN(averages[i]))
            {
                throw Throw.AverageIsNotANumber(nameof(averages));
            }

            // The exact average is within the bound, so moving the noisy one there only brings it closer; and the
            // next round's flattening accepts it.
            values[i] = round(Math.Clamp(averages[i], -1, 1) * bound);
        }

        return values;
    }
}
