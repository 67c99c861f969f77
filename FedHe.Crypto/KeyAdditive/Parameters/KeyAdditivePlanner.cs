using FedHe.Crypto.Encoding;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.KeyAdditive.Parameters;

/// <summary>
/// A planner finds the parameters with the smallest upload, then with the smallest modulus, then with the smallest ring, among
/// moduli so close below a power of two that sampling modulo them refuses hardly a number.
/// </summary>
/// <remarks>
/// With q the modulus, t the bits that an upload leaves out and eps the bound of the noise of n uploads, fixed point has
/// the scale D = floor((q/2 - eps)/n) and the deviation sqrt(n*(10.5 + 1/12 + (4^t - 1)/12))/(F*D) of averages over the
/// factor sum F. Exact integers need eps &lt; q/(2T) for T = 2^(fields*bits of a field). docs/parameters.md has tables.
/// </remarks>
internal static class KeyAdditivePlanner
{
    /// <summary>The exclusive limit of the logarithm of a sum of uploads, above which tags could not tell sums apart.</summary>
    public const int MaxLogSum = 49;

    // The kernels multiply exactly modulo primes of at most 50 bits.
    private const int MaxModulusBits = 50;
    private const int LeastModulusBits = 14;

    // One number in 2^10 at most: refused numbers are drawn again one by one.
    private const int LogLargestShareRefused = -10;

    /// <summary>Returns the plan, or null where nothing meets the requirements.</summary>
    public static KeyAdditiveParameters? Plan(KeyAdditiveRequirements requirements)
        => requirements.Encoding == KeyAdditiveEncoding.FixedPoint
            ? PlanFixedPoint(requirements)
            : PlanExactIntegers(requirements);

    /// <summary>Tells whether a sum of uploads of k bits stays below the limit of tags.</summary>
    public static bool IsSumTaggable(int contributors, int keptBits)
        => (contributors * (Math.ScaleB(1, keptBits) - 1)) < Math.ScaleB(1, MaxLogSum);

    private static KeyAdditiveParameters? PlanFixedPoint(KeyAdditiveRequirements requirements)
    {
        RingModulus?[] moduli = ModuliFor(requirements.SecurityLevel);
        for (int kept = 1; kept <= MaxModulusBits; kept++)
        {
            for (int bits = Math.Max(kept, LeastModulusBits); bits <= MaxModulusBits; bits++)
            {
                if (moduli[bits] is var (degree, modulus)
                    && KeyAdditiveParameters.FixedPoint(degree, modulus, kept, requirements.MaxContributors) is { } candidate
                    && candidate.DeviationOfAverage(requirements.LeastFactorSum ?? requirements.MaxContributors)
                        <= Math.ScaleB(1, -requirements.PrecisionBits - 1))
                {
                    return candidate;
                }
            }
        }

        return null;
    }

    private static KeyAdditiveParameters? PlanExactIntegers(KeyAdditiveRequirements requirements)
    {
        int fieldBits = new ExactSums(requirements.PrecisionBits, requirements.MaxContributors).FieldBits;
        RingModulus?[] moduli = ModuliFor(requirements.SecurityLevel);
        KeyAdditiveParameters? best = null;
        for (int fields = 1; fields * fieldBits < MaxModulusBits; fields++)
        {
            for (int kept = 1; kept <= MaxModulusBits; kept++)
            {
                for (int bits = Math.Max(kept, LeastModulusBits); bits <= MaxModulusBits; bits++)
                {
                    if (moduli[bits] is not var (degree, modulus))
                    {
                        continue;
                    }

                    KeyAdditiveParameters? candidate = KeyAdditiveParameters.ExactIntegers(
                        degree, modulus, kept, requirements.MaxContributors, requirements.PrecisionBits, fields);
                    if (candidate is not null && (best is null || IsBetter(candidate, best)))
                    {
                        best = candidate;
                    }
                }
            }
        }

        return best;
    }

    private static bool IsBetter(KeyAdditiveParameters candidate, KeyAdditiveParameters best)
    {
        // Bits per value, over a common denominator.
        int difference = (candidate.KeptBits * best.Fields) - (best.KeptBits * candidate.Fields);
        return difference < 0 || (difference == 0 && candidate.Modulus < best.Modulus);
    }

    /// <summary>
    /// Finds, for every size of a modulus in bits, the smallest ring that is secure with it, and its largest prime.
    /// </summary>
    private static RingModulus?[] ModuliFor(SecurityLevel required)
    {
        var moduli = new RingModulus?[MaxModulusBits + 1];
        for (int bits = LeastModulusBits; bits <= MaxModulusBits; bits++)
        {
            foreach (int degree in KeyAdditiveSecurity.Degrees)
            {
                if (KeyAdditiveSecurity.LevelOf(degree, bits) >= required
                    && RingPrimes.LargestBelow(1UL << bits, degree, bits) is ulong prime
                    && (1UL << bits) - prime <= Math.ScaleB(1, bits + LogLargestShareRefused))
                {
                    moduli[bits] = new RingModulus(degree, prime);
                    break;
                }
            }
        }

        return moduli;
    }

    private sealed record RingModulus(int Degree, ulong Prime);
}
