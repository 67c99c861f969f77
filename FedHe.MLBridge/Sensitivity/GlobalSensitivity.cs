using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Sensitivity;

/// <summary>
/// How much every parameter of the model gives away about training data, over all clients: integers, so that every party
/// selects the same positions bit for bit. Known to key holders only. Immutable.
/// </summary>
/// <remarks>Source: FedML-HE, section 2.4 step 2, the aggregated sensitivity map.</remarks>
public sealed class GlobalSensitivity
{
    /// <summary>Takes over integers that all parties know already, one for each position of the flat vector.</summary>
    /// <exception cref="ArgumentException">There are more or fewer integers than the layout has parameters.</exception>
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

    /// <summary>The model.</summary>
    public ModelLayout Layout { get; }

    /// <summary>One number for each position of the flat vector; a larger one gives away more.</summary>
    public ReadOnlySpan<uint> Values => Integers;

    internal uint[] Integers { get; }
}
