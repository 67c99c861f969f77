namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// The number of effective contributors is 1 / (sum of the squares of their shares): n for n equal weights, and near 1 where one
/// weight outweighs all others.
/// </summary>
internal static class EffectiveContributors
{
    // Equal weights give their number up to the rounding of their sums.
    private const double Rounding = 1e-9;

    /// <summary>Computes the number of the sum of weights and the sum of their squares.</summary>
    public static double Of(double sum, double squares) => (sum * sum / squares) + Rounding;

    /// <summary>Computes the number of some weights, each of which counts at most like the reference weight.</summary>
    public static double Of(IEnumerable<long> weights, long reference)
    {
        double sum = 0;
        double squares = 0;
        foreach (long weight in weights)
        {
            double factor = Math.Min(1, (double)weight / reference);
            sum += factor;
            squares += factor * factor;
        }

        return squares > 0 ? Of(sum, squares) : 0;
    }
}
