using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>
/// How much every parameter of the model gives away about one client's training data. It depends on that data: it leaves
/// the client encrypted only. Immutable.
/// </summary>
/// <remarks>
/// S_m = (1/K) sum_k |d/dy_k (d loss / d w_m)| over K samples, the absolute value taken sample by sample. Source:
/// FedML-HE, section 2.4 step 1.
/// </remarks>
public sealed class SensitivityMap
{
    private readonly float[] _values;

    /// <summary>Takes over a map computed elsewhere.</summary>
    /// <param name="layout">The model.</param>
    /// <param name="values">One number for each position of the flat vector: finite, none negative, not all zero.</param>
    /// <exception cref="ArgumentException">The values are not such numbers.</exception>
    public SensitivityMap(ModelLayout layout, ReadOnlySpan<float> values)
        : this(layout, values.ToArray())
    {
    }

    internal SensitivityMap(ModelLayout layout, float[] values)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (values.Length != layout.ParameterCount)
        {
            throw Throw.WrongFlatLength(layout.ParameterCount, nameof(values));
        }

        double sum = 0;
        foreach (float value in values)
        {
            // Not a number is neither above nor below anything.
            if (!(value >= 0) || !float.IsFinite(value))
            {
                throw Throw.NotASensitivity(nameof(values));
            }

            sum += value;
        }

        if (sum == 0)
        {
            throw Throw.SensitivityIsZero(nameof(values));
        }

        Layout = layout;
        Mean = sum / values.Length;
        _values = values;
    }

    /// <summary>The model.</summary>
    public ModelLayout Layout { get; }

    /// <summary>Mean of all values, which is positive.</summary>
    public double Mean { get; }

    /// <summary>One number for each position of the flat vector; a larger one gives away more.</summary>
    public ReadOnlySpan<float> Values => _values;
}
