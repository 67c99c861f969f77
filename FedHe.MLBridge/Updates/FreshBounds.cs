using FedHe.Crypto;

namespace FedHe.MLBridge;

/// <summary>
/// The bounds that freshly encrypted normalised values carry under a parameter set. Readers compare with them what a
/// vector says of itself, because a sender could claim less noise than there is, or more to use up the capacity. Public.
/// </summary>
/// <param name="Full">Of public-key encryption.</param>
/// <param name="Seeded">Of secret-key encryption.</param>
public sealed record FreshBounds(VectorBound Full, VectorBound Seeded)
{
    // Bounds of sums are added up in floating point, in any order; far wider than that, far narrower than any cheat worth it.
    private const double Tolerance = 1e-9;

    /// <summary>The bounds under a context's parameters. The result does not lead back to the context.</summary>
    /// <exception cref="HeCapacityException">Values of magnitude 1 do not fit the parameters.</exception>
    public static FreshBounds Of(HeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new FreshBounds(context.FreshBound(1, VectorForm.Full), context.FreshBound(1, VectorForm.Seeded));
    }

    /// <summary>Whether a vector's bound is exactly that of one fresh encryption.</summary>
    internal bool AllowFresh(VectorBound bound) => bound == Full || bound == Seeded;

    /// <summary>Whether a bound can be that of a sum of fresh vectors of either kind.</summary>
    /// <param name="bound">The bound of the sum.</param>
    /// <param name="factor">Sum of the integer factors of its parts.</param>
    /// <param name="parts">Number of parts.</param>
    internal bool AllowSum(VectorBound bound, long factor, int parts)
        => bound.MaxAbs.Equals((double)factor)
            && Lies(bound.Rounding, factor, factor, Full.Rounding, Seeded.Rounding)
            && Lies(bound.NoiseMax, factor, factor, Full.NoiseMax, Seeded.NoiseMax)

            // Sigmas add in quadrature: between equal factors and a single large one.
            && Lies(bound.NoiseSigma, factor / Math.Sqrt(parts), factor, Full.NoiseSigma, Seeded.NoiseSigma);

    private static bool Lies(double value, double least, double most, double full, double seeded)
        => value >= least * (1 - Tolerance) * Math.Min(full, seeded) && value <= most * (1 + Tolerance) * Math.Max(full, seeded);
}
