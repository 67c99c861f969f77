namespace FedHe.Privacy.Correlation;

/// <summary>Lower-triangular Toeplitz matrices by their first columns: power series.</summary>
internal static class Toeplitz
{
    /// <summary>Returns the first column of the inverse of a matrix whose diagonal is not 0.</summary>
    public static double[] Inverse(ReadOnlySpan<double> column, int length)
    {
        var inverse = new double[length];
        inverse[0] = 1 / column[0];
        for (int i = 1; i < length; i++)
        {
            double sum = 0;
            for (int j = 1; j <= Math.Min(i, column.Length - 1); j++)
            {
                sum += column[j] * inverse[i - j];
            }

            inverse[i] = -sum / column[0];
        }

        return inverse;
    }

    /// <summary>Bounds the sensitivity of a matrix: the largest 2-norm of its product with the participations of one unit.</summary>
    /// <remarks>
    /// With coefficients replaced by the largest magnitude from each one on, the matrix becomes nonnegative with falling columns, and no product gets
    /// smaller. For such a matrix the earliest and densest participations are the worst. Source: Kalinin and Lampert, "Banded Square Root Matrix
    /// Factorization for Differentially Private Model Training", NeurIPS 2024, theorem 2.
    /// </remarks>
    public static double Sensitivity(ReadOnlySpan<double> column, ParticipationSchedule schedule)
    {
        double[] falling = Falling(column);
        double sum = 0;
        for (int row = 0; row < falling.Length; row++)
        {
            double entry = 0;
            for (int i = 0; i < schedule.Participations && (long)i * schedule.Separation <= row; i++)
            {
                entry += falling[row - (i * schedule.Separation)];
            }

            sum += entry * entry;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Bounds the magnitude of any entry of the product of a matrix with the participations of one unit.</summary>
    public static double LargestEntry(ReadOnlySpan<double> column, ParticipationSchedule schedule)
    {
        double[] falling = Falling(column);
        double entry = 0;
        for (int i = 0; i < schedule.Participations; i++)
        {
            entry += falling[i * schedule.Separation];
        }

        return entry;
    }

    private static double[] Falling(ReadOnlySpan<double> column)
    {
        var falling = new double[column.Length];
        double largest = 0;
        for (int i = column.Length - 1; i >= 0; i--)
        {
            largest = Math.Max(largest, Math.Abs(column[i]));
            falling[i] = largest;
        }

        return falling;
    }
}
