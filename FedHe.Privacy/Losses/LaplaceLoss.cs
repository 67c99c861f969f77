using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Losses;

/// <summary>The privacy loss of Laplace noise lies between -1/b and 1/b, in units of the sensitivity, with mass at both ends.</summary>
/// <remarks>
/// P is centered at 0 and Q at 1. The loss is (|x - 1| - |x|) / b: 1/b where x is at most 0, (1 - 2x) / b between 0 and 1, and -1/b
/// above 1.
/// </remarks>
internal sealed record LaplaceLoss(double Scale) : PrivacyLoss
{
    public override IReadOnlyList<LossDirection> Directions => [new Both(Scale)];

    private sealed class Both(double scale) : LossDirection
    {
        public override double SmallestLoss => -1 / scale;

        public override double LargestLoss => 1 / scale;

        public override PairMass Above(double loss)
        {
            if (loss >= LargestLoss)
            {
                return PairMass.Nothing;
            }

            if (loss < SmallestLoss)
            {
                return PairMass.Everything;
            }

            // The loss exceeds a number where x is below (1 - b loss) / 2, which lies in (0, 1].
            double x = (1 - (scale * loss)) / 2;
            return new PairMass(0.5 - (0.5 * LogMath.ExpM1(-x / scale)), 0.5 * Math.Exp((x - 1) / scale));
        }

        public override PairMass UpTo(double loss)
        {
            PairMass above = Above(loss);
            return new PairMass(1 - above.P, 1 - above.Q);
        }
    }
}
