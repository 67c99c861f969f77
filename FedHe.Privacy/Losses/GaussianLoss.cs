using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Losses;

/// <summary>The privacy loss of Gaussian noise is Gaussian, of variance 1/m^2 and mean 1/2m^2 under P and -1/2m^2 under Q.</summary>
internal sealed record GaussianLoss(double NoiseMultiplier) : PrivacyLoss
{
    public override IReadOnlyList<LossDirection> Directions => [new Both(NoiseMultiplier)];

    private sealed class Both(double multiplier) : LossDirection
    {
        public override double SmallestLoss => double.NegativeInfinity;

        public override double LargestLoss => double.PositiveInfinity;

        public override PairMass Above(double loss)
            => new(Normal.Cdf((0.5 / multiplier) - (loss * multiplier)), Normal.Cdf((-0.5 / multiplier) - (loss * multiplier)));

        public override PairMass UpTo(double loss)
            => new(Normal.Cdf((loss * multiplier) - (0.5 / multiplier)), Normal.Cdf((loss * multiplier) + (0.5 / multiplier)));
    }
}
