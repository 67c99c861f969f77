using FedHe.Learning.Autodiff;

namespace FedHe.PrivacyAudit.Optimization;

/// <summary>An evaluated point holds the value and the gradient of a function at the point.</summary>
internal sealed class Evaluated
{
    private Evaluated(double[] point, double[] gradient, double value)
        => (Point, Gradient, Value) = (point, gradient, value);

    public double[] Point { get; }

    public double[] Gradient { get; }

    public double Value { get; }

    public bool IsFinite => double.IsFinite(Value) && double.IsFinite(Vectors.Dot(Gradient, Gradient));

    public static Evaluated At(Objective objective, double[] point)
    {
        double[] gradient = new double[point.Length];
        double value = objective(point, gradient);
        return new Evaluated(point, gradient, value);
    }

    /// <summary>Evaluates the function one step further along a direction.</summary>
    public Evaluated Along(Objective objective, ReadOnlySpan<double> direction, double step)
    {
        double[] point = new double[Point.Length];
        Vectors.AddScaled(Point, direction, step, point);
        return At(objective, point);
    }
}
