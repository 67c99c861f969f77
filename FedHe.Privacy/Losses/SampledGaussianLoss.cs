using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Losses;

/// <summary>
/// The privacy loss of Gaussian noise on a Poisson sample: for the removal of a unit the mixture (1 - q) N(0, m^2) + q N(1, m^2) against
/// N(0, m^2), and for its addition the other way round.
/// </summary>
/// <remarks>
/// The likelihood ratio at x is 1 - q + q exp((2x - 1) / 2m^2), which grows with x. Source: Zhu, Dong and Wang, "Optimal Accounting of
/// Differential Privacy via Characteristic Function", AISTATS 2022, for the pairs that dominate compositions.
/// </remarks>
internal sealed record SampledGaussianLoss(double NoiseMultiplier, double Probability) : PrivacyLoss
{
    public override IReadOnlyList<LossDirection> Directions
        => [new Removal(NoiseMultiplier, Probability), new Addition(NoiseMultiplier, Probability)];

    private abstract class Sampled(double multiplier, double q) : LossDirection
    {
        protected double SmallestRatio => LogMath.Log1P(-q);

        /// <summary>Returns the probabilities under the mixture and under N(0, m^2) that x is at most a point.</summary>
        protected PairMass Below(double x)
        {
            double without = Normal.Cdf(x / multiplier);
            return new PairMass(((1 - q) * without) + (q * Normal.Cdf((x - 1) / multiplier)), without);
        }

        /// <summary>Returns the same for x above a point.</summary>
        protected PairMass Beyond(double x)
        {
            double without = Normal.Cdf(-x / multiplier);
            return new PairMass(((1 - q) * without) + (q * Normal.Cdf((1 - x) / multiplier)), without);
        }

        // From here on e^logRatio and the terms beside it differ by more than doubles resolve.
        private const double LargeLogRatio = 40;

        /// <summary>Returns the x at which the logarithm of the likelihood ratio is a number, or minus infinity below the smallest one.</summary>
        protected double PointOf(double logRatio)
        {
            double excess = LogMath.ExpM1(logRatio) + q;
            double log = logRatio > LargeLogRatio ? logRatio - Math.Log(q) : Math.Log(excess / q);
            return excess <= 0 ? double.NegativeInfinity : 0.5 + (multiplier * multiplier * log);
        }
    }

    private sealed class Removal(double multiplier, double q) : Sampled(multiplier, q)
    {
        public override double SmallestLoss => SmallestRatio;

        public override double LargestLoss => double.PositiveInfinity;

        public override PairMass Above(double loss) => Beyond(PointOf(loss));

        public override PairMass UpTo(double loss) => Below(PointOf(loss));
    }

    private sealed class Addition(double multiplier, double q) : Sampled(multiplier, q)
    {
        public override double SmallestLoss => double.NegativeInfinity;

        public override double LargestLoss => -SmallestRatio;

        public override PairMass Above(double loss) => Exchange(Below(PointOf(-loss)));

        public override PairMass UpTo(double loss) => Exchange(Beyond(PointOf(-loss)));

        private static PairMass Exchange(PairMass mass) => new(mass.Q, mass.P);
    }
}
