using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Optimizers;

/// <summary>
/// Optimizer moments are what a server optimizer remembers of the averages so far, in single precision: the first moment of each value of the
/// flat vector, and for adaptive rules the second. They tell of the averages, so keep them like the model.
/// </summary>
public sealed class OptimizerMoments
{
    internal OptimizerMoments(float[] first, float[] second)
    {
        FirstValues = first;
        SecondValues = second;
    }

    /// <summary>The first moment of each value.</summary>
    public ReadOnlySpan<float> First => FirstValues;

    /// <summary>The second moment of each value, not negative; empty for momentum.</summary>
    public ReadOnlySpan<float> Second => SecondValues;

    internal float[] FirstValues { get; }

    internal float[] SecondValues { get; }

    /// <summary>Creates the moments before the first average.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="parameterCount">The length of the flat vector, at least 1.</param>
    public static OptimizerMoments Initial(ServerOptimizer optimizer, int parameterCount)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parameterCount);
        var second = new float[optimizer.IsAdaptive ? parameterCount : 0];
        Array.Fill(second, (float)(optimizer.Adaptivity * optimizer.Adaptivity));
        return new OptimizerMoments(new float[parameterCount], second);
    }

    /// <summary>Creates moments from values that were kept.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="first">The first moment of each value, finite.</param>
    /// <param name="second">The second moment of each value, finite and not negative; empty for momentum.</param>
    /// <exception cref="ArgumentException">The lengths do not fit the optimizer, or a moment cannot be one.</exception>
    public static OptimizerMoments Of(ServerOptimizer optimizer, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return AreMoments(optimizer, first, second)
            ? new OptimizerMoments(first.ToArray(), second.ToArray())
            : throw Throw.NotMoments();
    }

    /// <summary>Tells whether values can be the moments of an optimizer.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="first">The first moment of each value.</param>
    /// <param name="second">The second moment of each value.</param>
    public static bool AreMoments(ServerOptimizer optimizer, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        if (first.IsEmpty || second.Length != (optimizer.IsAdaptive ? first.Length : 0))
        {
            return false;
        }

        bool areMoments = true;
        foreach (float moment in first)
        {
            areMoments &= float.IsFinite(moment);
        }

        foreach (float moment in second)
        {
            areMoments &= float.IsFinite(moment) && moment >= 0;
        }

        return areMoments;
    }
}
