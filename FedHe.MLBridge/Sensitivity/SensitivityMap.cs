using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>
/// A sensitivity map measures how much each parameter of the model reveals about one client's training data. It depends
/// on that data, so it may leave the client only encrypted.
/// </summary>
/// <remarks>
/// The map is immutable. S_m = (1/K) sum_k |d/dy_k (d loss / d w_m)| over K samples, with the absolute value taken
/// sample by sample. Source: FedML-HE, section 2.4 step 1.
/// </remarks>
public sealed class SensitivityMap
{
    private readonly float[] _values;

    /// <summary>Creates a map from values that were computed elsewhere.</summary>
    /// <param name="layout">The layout of the model.</param>
    /// <param name="values">
    /// The sensitivity of each position of the flat vector: finite, not negative, and not all zero.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The number of values is wrong, a value is negative or not finite, or all values are zero.
    /// </exception>
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
            // A comparison with NaN is false.
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

    /// <summary>The layout of the model whose sensitivity is measured.</summary>
    public ModelLayout Layout { get; }

    /// <summary>The mean of all values, which is positive.</summary>
    public double Mean { get; }

    /// <summary>
    /// The sensitivity of each position of the flat vector; a parameter with a larger number reveals more.
    /// </summary>
    public ReadOnlySpan<float> Values => _values;
}
