namespace FedHe.MLBridge.Controls;

/// <summary>
/// A control variate is SCAFFOLD's estimate of a gradient: a client's own (the paper's c_i), or the mean of the control variates of all clients of a job (c). It has one
/// number in single precision for each value of the flat vector, in units of gradients, and is immutable. A client's own tells of its records, and is to be kept like them.
/// </summary>
public sealed class ControlVariate
{
    internal ControlVariate(float[] values) => Numbers = values;

    /// <summary>The number of each value, finite.</summary>
    public ReadOnlySpan<float> Values => Numbers;

    internal float[] Numbers { get; }

    /// <summary>Creates the control variate before the first round.</summary>
    /// <param name="parameterCount">The length of the flat vector, at least 1.</param>
    public static ControlVariate Zero(long parameterCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parameterCount);
        return new ControlVariate(new float[parameterCount]);
    }

    /// <summary>Creates a control variate from numbers that were kept, or returns null where one is not finite.</summary>
    /// <param name="values">The number of each value.</param>
    public static ControlVariate? TryCreate(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                return null;
            }
        }

        return new ControlVariate(values.ToArray());
    }

    /// <summary>Rounds a number to single precision, and to the nearest finite one, because a saved state with any other number could not be read again.</summary>
    internal static float ToFinite(double value) => (float)Math.Clamp(value, -float.MaxValue, float.MaxValue);
}
