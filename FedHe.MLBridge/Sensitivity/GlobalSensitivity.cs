using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>
/// The global sensitivity measures, as an integer for each parameter of the model, how much the parameter reveals about
/// the training data of all clients. Only key holders know it, and it is immutable.
/// </summary>
/// <remarks>
/// Every party selects the same positions from the same integers, bit for bit. Source: FedML-HE, section 2.4 step 2,
/// the aggregated sensitivity map.
/// </remarks>
public sealed class GlobalSensitivity
{
    /// <summary>
    /// Creates a sensitivity from integers that all parties know already, one for each position of the flat vector.
    /// </summary>
    /// <exception cref="ArgumentException">The number of integers is not the layout's number of parameters.</exception>
    public GlobalSensitivity(ModelLayout layout, ReadOnlySpan<uint> integers)
        : this(layout, integers.ToArray())
    {
    }

    internal GlobalSensitivity(ModelLayout layout, uint[] integers)
    {
        ArgumentNullException.ThrowIfNull(layout);
        if (integers.Length != layout.ParameterCount)
        {
            throw Throw.WrongFlatLength(layout.ParameterCount, nameof(integers));
        }

        Layout = layout;
        Integers = integers;
    }

    /// <summary>The layout of the model whose sensitivity is measured.</summary>
    public ModelLayout Layout { get; }

    /// <summary>
    /// The sensitivity of each position of the flat vector; a parameter with a larger number reveals more.
    /// </summary>
    public ReadOnlySpan<uint> Values => Integers;

    internal uint[] Integers { get; }
}
