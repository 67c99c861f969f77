namespace FedHe.PrivacyAudit.Statistics;

/// <summary>A binomial distribution holds the probabilities of all numbers of successes.</summary>
/// <remarks>Probabilities follow from each other by their ratios, from the most likely one outwards, and are scaled to the sum 1.
/// Those below the smallest double are 0.</remarks>
internal sealed class Binomial
{
    private readonly double[] _probabilities;

    /// <summary>Computes the distribution.</summary>
    /// <param name="trials">The number of trials, at least 0.</param>
    /// <param name="logOdds">ln(q / (1 - q)) for the probability q of a success, at least 0 and finite.</param>
    public Binomial(int trials, double logOdds)
    {
        _probabilities = new double[trials + 1];
        double odds = Math.Exp(logOdds);
        int mode = Math.Min(trials, (int)((trials + 1.0) / (1 + Math.Exp(-logOdds))));
        _probabilities[mode] = 1;
        double sum = 1;
        double ratio = 1;
        for (int k = mode; k < trials && ratio > 0; k++)
        {
            ratio *= odds * (trials - k) / (k + 1.0);
            sum += _probabilities[k + 1] = ratio;
        }

        ratio = 1;
        for (int k = mode; k > 0 && ratio > 0; k--)
        {
            ratio *= k / ((trials - k + 1.0) * odds);
            sum += _probabilities[k - 1] = ratio;
        }

        for (int k = 0; k <= trials; k++)
        {
            _probabilities[k] /= sum;
        }
    }

    /// <summary>A bound of the relative error of a probability, and of sums of them, through rounding.</summary>
    /// <remarks>A step from one probability to the next rounds by at most 5 x 2^-53, the error of the odds included; their sum, by which they are
    /// divided, has that error and rounds once more a term, as does a sum of some of them: 13 n x 2^-53 together.</remarks>
    public double RelativeError => Math.ScaleB(8 * (_probabilities.Length + 8.0), -52);

    /// <summary>Gets the probability of exactly some number of successes.</summary>
    public double this[int successes] => _probabilities[successes];

    /// <summary>Computes the probability of at least some number of successes.</summary>
    public double AtLeast(int successes)
    {
        double sum = 0;
        for (int k = _probabilities.Length - 1; k >= successes; k--)
        {
            sum += _probabilities[k];
        }

        return Math.Min(1, sum);
    }
}
