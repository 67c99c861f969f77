namespace FedHe.Privacy.Correlation;

/// <summary>
/// A band optimizer finds the coefficients of a banded matrix C that make the noise of running sums smallest, in the mean over all rounds, at equal cost in
/// privacy.
/// </summary>
/// <remarks>
/// With at most as many bands as the separation of a schedule, participations do not overlap and the sensitivity is the 2-norm of the coefficients c times the
/// root of the participations. The noise of running sums has the coefficients s of 1 / ((1 - x) c(x)). What is minimized is ln sum c_i^2 + ln sum (n - j) s_j^2, by the method of Broyden,
/// Fletcher, Goldfarb and Shanno from the square root of the matrix of running sums on. Only the four operations and square roots of doubles are used before the comparison of
/// logarithms, but what counts is the rounded matrix that the parties agree upon. Source of the problem: arXiv 2306.08153, section 4.
/// </remarks>
internal static class BandOptimizer
{
    private const int LargestIterations = 200;
    private const int LargestHalvings = 40;
    private const double Armijo = 1e-4;
    private const double SmallestGain = 1e-13;

    /// <summary>Improves coefficients.</summary>
    /// <param name="start">The coefficients to begin with, of which the first is 1 and stays so.</param>
    /// <param name="rounds">The number of rounds.</param>
    /// <returns>The coefficients, never worse than those to begin with.</returns>
    public static double[] Improve(double[] start, int rounds)
    {
        int free = start.Length - 1;
        double[] current = [.. start];
        double value = Evaluate(current, rounds, out double[] gradient);
        double[,] curvature = Identity(free);
        for (int iteration = 0; iteration < LargestIterations && free > 0; iteration++)
        {
            double[] direction = Product(curvature, gradient, -1);
            double slope = Inner(direction, gradient);
            if (!(slope < 0))
            {
                break;
            }

            double step = 1;
            double[] next = current;
            double[] nextGradient = gradient;
            double nextValue = double.PositiveInfinity;
            for (int halving = 0; halving < LargestHalvings; halving++, step /= 2)
            {
                next = [1, .. Enumerable.Range(0, free).Select(i => current[i + 1] + (step * direction[i]))];
                nextValue = Evaluate(next, rounds, out nextGradient);
                if (nextValue <= value + (Armijo * step * slope))
                {
                    break;
                }
            }

            if (!(nextValue < value - SmallestGain))
            {
                break;
            }

            Update(curvature, current, next, gradient, nextGradient);
            (current, value, gradient) = (next, nextValue, nextGradient);
        }

        return current;
    }

    /// <summary>Returns the logarithm of squared sensitivity times mean variance, up to a constant, and its gradient in all coefficients but the first.</summary>
    private static double Evaluate(double[] column, int rounds, out double[] gradient)
    {
        double[] sums = new double[rounds];
        Array.Fill(sums, 1);
        Divide(sums, column);
        double[] twice = [.. sums];
        Divide(twice, column);
        double variance = 0;
        for (int j = 0; j < rounds; j++)
        {
            variance += (rounds - j) * sums[j] * sums[j];
        }

        double squares = Inner(column, column);
        gradient = new double[column.Length - 1];
        for (int i = 1; i < column.Length; i++)
        {
            double change = 0;
            for (int j = i; j < rounds; j++)
            {
                change += (rounds - j) * sums[j] * twice[j - i];
            }

            gradient[i - 1] = (2 * column[i] / squares) - (2 * change / variance);
        }

        return Math.Log(squares) + Math.Log(variance);
    }

    /// <summary>Divides a power series by another one whose first coefficient is 1, in place.</summary>
    private static void Divide(double[] series, double[] divisor)
    {
        for (int i = 0; i < series.Length; i++)
        {
            for (int j = 1; j < Math.Min(divisor.Length, i + 1); j++)
            {
                series[i] -= divisor[j] * series[i - j];
            }
        }
    }

    private static void Update(double[,] curvature, double[] from, double[] to, double[] gradient, double[] nextGradient)
    {
        double[] moved = [.. to.Zip(from).Skip(1).Select(pair => pair.First - pair.Second)];
        double[] changed = [.. nextGradient.Zip(gradient).Select(pair => pair.First - pair.Second)];
        double product = Inner(moved, changed);
        if (!(product > 0))
        {
            return;
        }

        double[] image = Product(curvature, changed, 1);
        double scale = (1 + (Inner(changed, image) / product)) / product;
        for (int i = 0; i < moved.Length; i++)
        {
            for (int j = 0; j < moved.Length; j++)
            {
                curvature[i, j] += (scale * moved[i] * moved[j]) - (((image[i] * moved[j]) + (moved[i] * image[j])) / product);
            }
        }
    }

    private static double[,] Identity(int length)
    {
        double[,] identity = new double[length, length];
        for (int i = 0; i < length; i++)
        {
            identity[i, i] = 1;
        }

        return identity;
    }

    private static double[] Product(double[,] matrix, double[] vector, double sign)
    {
        double[] product = new double[vector.Length];
        for (int i = 0; i < vector.Length; i++)
        {
            for (int j = 0; j < vector.Length; j++)
            {
                product[i] += sign * matrix[i, j] * vector[j];
            }
        }

        return product;
    }

    private static double Inner(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
