using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Correlation;

/// <summary>
/// A noise correlation says how much noise of earlier rounds is taken back in later ones, so that the noise of the model, a running sum,
/// grows more slowly than that of independent rounds. It is the first column of a matrix C; rounds get the noise C^-1 z.
/// </summary>
public sealed class NoiseCorrelation
{
    private const int LargestOptimizedBands = 256;

    private readonly Func<int, double[]> _column;

    private NoiseCorrelation(string name, Func<int, double[]> column)
    {
        Name = name;
        _column = column;
    }

    /// <summary>No correlation: independent noise in every round.</summary>
    public static NoiseCorrelation Independent { get; } = new("independent", length => ColumnOf(length, j => j == 0 ? 1 : 0));

    /// <summary>The name of the correlation.</summary>
    public string Name { get; }

    /// <summary>Takes the first coefficients of the square root of the matrix of running sums, and no others.</summary>
    /// <param name="bands">
    /// The number of coefficients; up to the separation of the schedule no participation of a unit touches the noise of another one of its own.
    /// </param>
    /// <returns>The correlation.</returns>
    /// <remarks>
    /// C has the coefficients (2j choose j) / 4^j for j below the number of bands. Sources: arXiv 2306.08153, for banded matrices; Kalinin and
    /// Lampert, NeurIPS 2024, for these coefficients.
    /// </remarks>
    /// <exception cref="PrivacyException">There is no band.</exception>
    public static NoiseCorrelation Banded(int bands)
    {
        Throw.IfNotPositive(bands, PrivacyError.ScheduleOutOfRange, "The number of bands");
        return new NoiseCorrelation($"banded, {bands} bands", length =>
        {
            double[] column = SquareRoot(length);
            column.AsSpan(Math.Min(bands, length)).Clear();
            return column;
        });
    }

    /// <summary>Takes the first coefficients that are the best ones for running sums, in the mean over all rounds.</summary>
    /// <param name="bands">The number of coefficients, up to 256 and up to the separation of the schedule: beyond it participations of a unit touch each other's noise, and nothing is best.</param>
    /// <returns>The correlation. Its coefficients are found numerically for the number of rounds of a schedule; parties agree upon the integers that they are rounded to.</returns>
    /// <exception cref="PrivacyException">The number of bands is out of range.</exception>
    public static NoiseCorrelation OptimizedBanded(int bands)
    {
        if (bands is < 1 or > LargestOptimizedBands)
        {
            throw Throw.BandsOutOfRange(LargestOptimizedBands);
        }

        return new NoiseCorrelation($"optimized, {bands} bands", length =>
        {
            double[] column = new double[length];
            BandOptimizer.Improve(SquareRoot(Math.Min(bands, length)), length).CopyTo(column, 0);
            return column;
        });
    }

    /// <summary>Takes a sum of few falling powers (a buffered linear Toeplitz matrix) that follows the square root of the matrix of running sums.</summary>
    /// <param name="buffers">The number of powers, between 1 and 32; 4 to 8 are enough for thousands of rounds.</param>
    /// <returns>The correlation.</returns>
    /// <remarks>
    /// The coefficients of the square root are the moments of the arcsine distribution. Its mass is divided at points that come geometrically nearer to
    /// 1, and every part is put at its mean, so that coefficients are positive and fall. Source of the form: McMahan, Xu and Zhang, "A
    /// Hassle-free Algorithm for Private Learning in Practice: Don't Use Tree Aggregation, Use BLTs", arXiv 2408.08868.
    /// </remarks>
    /// <exception cref="PrivacyException">The number of powers is out of range.</exception>
    public static NoiseCorrelation Buffered(int buffers)
    {
        if (buffers is < 1 or > 32)
        {
            throw Throw.BuffersOutOfRange();
        }

        return new NoiseCorrelation($"buffered, {buffers} buffers", length => Buffered(length, buffers));
    }

    /// <summary>Returns the first column of C.</summary>
    internal double[] Column(int rounds) => _column(rounds);

    private static double[] SquareRoot(int length)
    {
        var column = new double[length];
        column[0] = 1;
        for (int j = 1; j < length; j++)
        {
            column[j] = column[j - 1] * ((2.0 * j) - 1) / (2.0 * j);
        }

        return column;
    }

    private static double[] Buffered(int length, int buffers)
    {
        // 1 - x is cut at powers of a ratio, the last of which is about 1 / rounds.
        double ratio = Math.Pow(4.0 * length, -1.0 / buffers);
        var weights = new double[buffers];
        var means = new double[buffers];
        double high = 1;
        for (int i = 0; i < buffers; i++)
        {
            double low = i == buffers - 1 ? 0 : high * ratio;
            weights[i] = ArcsineMass(high) - ArcsineMass(low);
            means[i] = 1 - ((ArcsineMoment(high) - ArcsineMoment(low)) / weights[i]);
            high = low;
        }

        return ColumnOf(length, j => weights.Zip(means).Sum(pair => pair.First * Math.Pow(pair.Second, j)));
    }

    /// <summary>The mass of 1 - x below a number.</summary>
    private static double ArcsineMass(double s) => 2 / Math.PI * Math.Asin(Math.Sqrt(s));

    /// <summary>The integral of 1 - x up to a number.</summary>
    private static double ArcsineMoment(double s) => (Math.Asin(Math.Sqrt(s)) - Math.Sqrt(s * (1 - s))) / Math.PI;

    private static double[] ColumnOf(int length, Func<int, double> coefficient) => [.. Enumerable.Range(0, length).Select(coefficient)];
}
