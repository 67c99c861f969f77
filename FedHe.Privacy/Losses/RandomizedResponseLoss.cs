namespace FedHe.Privacy.Losses;

/// <summary>The privacy loss of randomized response is epsilon or -epsilon; it dominates every mechanism of that epsilon.</summary>
internal sealed record RandomizedResponseLoss(double Epsilon) : PrivacyLoss
{
    public override IReadOnlyList<LossDirection> Directions => [new Both(Epsilon)];

    private sealed class Both(double epsilon) : LossDirection
    {
        private readonly double _true = 1 / (1 + Math.Exp(-epsilon));
        private readonly double _false = 1 / (1 + Math.Exp(epsilon));

        public override double SmallestLoss => -epsilon;

        public override double LargestLoss => epsilon;

        public override PairMass Above(double loss)
            => loss >= epsilon ? PairMass.Nothing : loss < -epsilon ? PairMass.Everything : new PairMass(_true, _false);

        public override PairMass UpTo(double loss)
            => loss >= epsilon ? PairMass.Everything : loss < -epsilon ? PairMass.Nothing : new PairMass(_false, _true);
    }
}
