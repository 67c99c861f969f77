using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Optimizers;

/// <summary>An optimizer step computes how one average difference moves a model, and the moments after it, range by range.</summary>
public sealed class OptimizerStep
{
    private readonly ServerOptimizer _optimizer;

    /// <summary>Begins a step.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="before">The moments before the step, which it does not change.</param>
    /// <exception cref="ArgumentException">The moments belong to another kind of optimizer.</exception>
    public OptimizerStep(ServerOptimizer optimizer, OptimizerMoments before)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(before);
        if (before.Second.Length != (optimizer.IsAdaptive ? before.First.Length : 0))
        {
            throw Throw.NotMoments();
        }

        _optimizer = optimizer;
        Before = before;
        After = new OptimizerMoments(new float[before.First.Length], new float[before.Second.Length]);
    }

    /// <summary>The moments before the step.</summary>
    public OptimizerMoments Before { get; }

    /// <summary>The moments after the step, complete once every range was moved.</summary>
    public OptimizerMoments After { get; }

    /// <summary>Computes the movement of a range of values.</summary>
    /// <param name="start">The position of the range in the flat vector.</param>
    /// <param name="differences">The average differences of the range, in units of the model's values.</param>
    /// <param name="movements">Receives what is to be added to the model; identical with the differences or disjoint, and as long.</param>
    /// <exception cref="ArgumentException">The range does not lie within the flat vector, or the lengths differ.</exception>
    public void Move(long start, ReadOnlySpan<double> differences, Span<double> movements)
    {
        if (start < 0 || start > Before.First.Length - differences.Length || movements.Length != differences.Length)
        {
            throw Throw.WrongFlatRange(Before.First.Length, nameof(start));
        }

        Span<float> first = After.FirstValues.AsSpan((int)start, differences.Length);
        Before.First.Slice((int)start, differences.Length).CopyTo(first);
        double weight = _optimizer.IsAdaptive ? 1 - _optimizer.FirstDecay : 1;
        for (int i = 0; i < first.Length; i++)
        {
            first[i] = ToFinite((_optimizer.FirstDecay * first[i]) + (weight * differences[i]));
        }

        if (!_optimizer.IsAdaptive)
        {
            for (int i = 0; i < movements.Length; i++)
            {
                movements[i] = _optimizer.LearningRate * first[i];
            }

            return;
        }

        Span<float> second = After.SecondValues.AsSpan((int)start, differences.Length);
        Before.Second.Slice((int)start, differences.Length).CopyTo(second);
        for (int i = 0; i < movements.Length; i++)
        {
            second[i] = ToFinite(NextSecond(second[i], (double)first[i] * first[i]));
            movements[i] = _optimizer.LearningRate * first[i] / (Math.Sqrt(second[i]) + _optimizer.Adaptivity);
        }
    }

    // Moments that a state could not be read with are of no use to anybody.
    private static float ToFinite(double moment) => (float)Math.Clamp(moment, -float.MaxValue, float.MaxValue);

    private double NextSecond(double second, double square) => _optimizer.Kind switch
    {
        ServerOptimizerKind.Adagrad => second + square,
        ServerOptimizerKind.Adam => (_optimizer.SecondDecay * second) + ((1 - _optimizer.SecondDecay) * square),
        _ => second - ((1 - _optimizer.SecondDecay) * square * Math.Sign(second - square)),
    };
}
