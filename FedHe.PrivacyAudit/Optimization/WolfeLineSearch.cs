using FedHe.Learning.Autodiff;

namespace FedHe.PrivacyAudit.Optimization;

/// <summary>A Wolfe line search finds a step that lowers the function enough and flattens its slope enough.</summary>
/// <remarks>Source: Nocedal and Wright, "Numerical Optimization" (2nd edition), algorithms 3.5 and 3.6, with the cubic
/// interpolation of equation 3.59.</remarks>
internal static class WolfeLineSearch
{
    private const double SufficientDecrease = 1e-4;
    private const double Flattening = 0.9;
    private const double Growth = 4;
    private const int MaxEvaluations = 25;

    /// <summary>Searches for a step along a direction.</summary>
    /// <param name="objective">The function.</param>
    /// <param name="start">The evaluated start of the search.</param>
    /// <param name="direction">The direction of the search.</param>
    /// <param name="firstStep">The first length to try, a multiple of the direction.</param>
    /// <returns>A lower point, or null when none was found.</returns>
    public static Evaluated? Find(Objective objective, Evaluated start, double[] direction, double firstStep)
    {
        double slope = Vectors.Dot(start.Gradient, direction);
        if (!(slope < 0))
        {
            return null;
        }

        var line = new Line(objective, start, direction, slope);
        Trial previous = new(0, start, slope);
        double length = firstStep;
        for (int evaluations = 1; evaluations <= MaxEvaluations; evaluations++)
        {
            Trial trial = line.At(length);
            if (!trial.Point.IsFinite)
            {
                length = (previous.Length + length) / 2;
                continue;
            }

            if (!line.IsLowEnough(trial) || (previous.Length > 0 && trial.Point.Value >= previous.Point.Value))
            {
                return Zoom(line, previous, trial, MaxEvaluations - evaluations);
            }

            if (line.IsFlatEnough(trial))
            {
                return trial.Point;
            }

            if (trial.Slope >= 0)
            {
                return Zoom(line, trial, previous, MaxEvaluations - evaluations);
            }

            previous = trial;
            length *= Growth;
        }

        return line.Lower(previous);
    }

    /// <summary>Narrows an interval that contains a good step; <paramref name="low"/> is its better end.</summary>
    private static Evaluated? Zoom(Line line, Trial low, Trial high, int evaluations)
    {
        for (; evaluations > 0 && Math.Abs(high.Length - low.Length) > 1e-12 * Math.Max(low.Length, high.Length); evaluations--)
        {
            Trial trial = line.At(Between(low, high));
            if (!trial.Point.IsFinite || !line.IsLowEnough(trial) || trial.Point.Value >= low.Point.Value)
            {
                high = trial;
                continue;
            }

            if (line.IsFlatEnough(trial))
            {
                return trial.Point;
            }

            if (trial.Slope * (high.Length - low.Length) >= 0)
            {
                high = low;
            }

            low = trial;
        }

        return line.Lower(low);
    }

    /// <summary>Finds the minimum of the cubic through both ends, kept away from the ends so that the interval shrinks.</summary>
    private static double Between(Trial low, Trial high)
    {
        double width = high.Length - low.Length;
        double guess = double.NaN;
        if (high.Point.IsFinite)
        {
            double d1 = low.Slope + high.Slope - (3 * (high.Point.Value - low.Point.Value) / width);
            double discriminant = (d1 * d1) - (low.Slope * high.Slope);
            if (discriminant >= 0)
            {
                double d2 = Math.Sign(width) * Math.Sqrt(discriminant);
                guess = high.Length - (width * (high.Slope + d2 - d1) / (high.Slope - low.Slope + (2 * d2)));
            }
        }

        double margin = 0.1 * Math.Abs(width);
        (double least, double most) = (Math.Min(low.Length, high.Length) + margin, Math.Max(low.Length, high.Length) - margin);
        return double.IsFinite(guess) ? Math.Clamp(guess, least, most) : low.Length + (width / 2);
    }

    private sealed record Trial(double Length, Evaluated Point, double Slope);

    private sealed class Line(Objective objective, Evaluated start, double[] direction, double slope)
    {
        public Trial At(double length)
        {
            Evaluated point = start.Along(objective, direction, length);
            return new Trial(length, point, Vectors.Dot(point.Gradient, direction));
        }

        public bool IsLowEnough(Trial trial) => trial.Point.Value <= start.Value + (SufficientDecrease * trial.Length * slope);

        public bool IsFlatEnough(Trial trial) => Math.Abs(trial.Slope) <= -Flattening * slope;

        public Evaluated? Lower(Trial trial) => trial.Length > 0 && trial.Point.Value < start.Value ? trial.Point : null;
    }
}
