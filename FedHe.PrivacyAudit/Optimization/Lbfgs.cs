using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Learning.Autodiff;

namespace FedHe.PrivacyAudit.Optimization;

/// <summary>The limited-memory BFGS method minimizes a function with a strong-Wolfe line search.</summary>
/// <remarks>Source: Nocedal and Wright, "Numerical Optimization" (2nd edition), algorithms 7.4 and 7.5.</remarks>
internal sealed class Lbfgs
{
    /// <summary>
    /// The least cosine between a step and the gradient's change, below which rounding would spoil the approximation.
    /// </summary>
    private const double SmallestCurvature = 1e-12;

    private readonly int _history;
    private readonly Objective _objective;
    private readonly List<Correction> _corrections = [];

    /// <summary>Starts the minimization at a point.</summary>
    /// <param name="objective">The function to minimize.</param>
    /// <param name="start">The first point; taken over.</param>
    /// <param name="history">The number of corrections to keep.</param>
    public Lbfgs(Objective objective, double[] start, int history)
    {
        _objective = objective;
        _history = history;
        Current = Evaluated.At(objective, start);
    }

    /// <summary>The best point so far.</summary>
    public Evaluated Current { get; private set; }

    /// <summary>Takes one step of the minimization.</summary>
    /// <returns>Whether the value could be lowered; if not, there is nothing more to gain here.</returns>
    public bool TryStep()
    {
        if (!Current.IsFinite)
        {
            return false;
        }

        if (TryStepAlong(Direction()))
        {
            return true;
        }

        // A stale approximation can point nowhere; steepest descent from the same point gets a chance before giving up.
        if (_corrections.Count == 0)
        {
            return false;
        }

        _corrections.Clear();
        return TryStepAlong(Direction());
    }

    private bool TryStepAlong(double[] direction)
    {
        double length = _corrections.Count > 0 ? 1 : Math.Min(1, 1 / Current.Gradient.Sum(Math.Abs));
        if (WolfeLineSearch.Find(_objective, Current, direction, length) is not { } next)
        {
            return false;
        }

        Remember(next);
        Current = next;
        return true;
    }

    private void Remember(Evaluated next)
    {
        double[] step = new double[next.Point.Length];
        double[] change = new double[next.Point.Length];
        Vectors.AddScaled(next.Point, Current.Point, -1, step);
        Vectors.AddScaled(next.Gradient, Current.Gradient, -1, change);
        double curvature = Vectors.Dot(step, change);
        if (!(curvature > SmallestCurvature * Math.Sqrt(Vectors.Dot(step, step) * Vectors.Dot(change, change))))
        {
            return;
        }

        if (_corrections.Count == _history)
        {
            _corrections.RemoveAt(0);
        }

        _corrections.Add(new Correction(step, change, 1 / curvature));
    }

    /// <summary>Computes minus the approximate inverse Hessian times the gradient, by the two-loop recursion.</summary>
    private double[] Direction()
    {
        double[] direction = (double[])Current.Gradient.Clone();
        double[] weights = new double[_corrections.Count];
        for (int i = _corrections.Count - 1; i >= 0; i--)
        {
            Correction correction = _corrections[i];
            weights[i] = correction.Scale * Vectors.Dot(correction.Step, direction);
            Vectors.AddScaled(direction, correction.Change, -weights[i], direction);
        }

        double scale = _corrections.Count == 0
            ? 1
            : 1 / (_corrections[^1].Scale * Vectors.Dot(_corrections[^1].Change, _corrections[^1].Change));
        for (int i = 0; i < direction.Length; i++)
        {
            direction[i] *= scale;
        }

        for (int i = 0; i < _corrections.Count; i++)
        {
            Correction correction = _corrections[i];
            double weight = weights[i] - (correction.Scale * Vectors.Dot(correction.Change, direction));
            Vectors.AddScaled(direction, correction.Step, weight, direction);
        }

        for (int i = 0; i < direction.Length; i++)
        {
            direction[i] = -direction[i];
        }

        return direction;
    }

    private sealed record Correction(double[] Step, double[] Change, double Scale);
}
