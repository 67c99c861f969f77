using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>A parameters validator checks CKKS parameters and names the first reason for refusing them.</summary>
internal static class CkksParametersValidator
{
    /// <summary>The largest number of bits of a prime, for which the kernels compute products exactly.</summary>
    public const int MaxLogModulus = 50;

    private const int MinLogModulus = 14;
    private const int MinLogScale = 14;
    private const int MaxLogScale = 52;
    private const int MinLogScaleOfIntegers = 1;
    private const int MaxLogScaleOfIntegers = 31;
    private const int MaxModuliOfIntegers = 2;
    private const long MaxTotalWeight = 1L << 32;

    public static bool TryCreate(
        CkksParametersLiteral literal, [NotNullWhen(true)] out CkksParameters? parameters, out ParameterError reason)
    {
        parameters = null;
        reason = CheckRing(literal.Degree, literal.LogModuli.IsDefault ? 0 : literal.LogModuli.Length);
        if (reason != ParameterError.None)
        {
            return false;
        }

        if (literal.LogModuli.Any(bits => bits is < MinLogModulus or > MaxLogModulus))
        {
            reason = ParameterError.ModulusSizeNotSupported;
            return false;
        }

        if (!PrimeSearch.TryFind(literal.Degree, literal.LogModuli, out ImmutableArray<ulong> moduli))
        {
            reason = ParameterError.NotEnoughPrimes;
            return false;
        }

        reason = TryPlan(literal, moduli, out CkksExactIntegers? exactIntegers);
        if (reason != ParameterError.None)
        {
            return false;
        }

        reason = Validate(
            literal.Degree,
            moduli,
            literal.Packing,
            literal.LogScale,
            literal.Depth,
            exactIntegers,
            literal.MinimumSecurity,
            literal.RequirePostQuantum);
        if (reason == ParameterError.None)
        {
            parameters = new CkksParameters(literal.Degree, moduli, literal.Packing, literal.LogScale, literal.Depth, exactIntegers);
        }

        return parameters is not null;
    }

    public static ParameterError Validate(
        int degree,
        ImmutableArray<ulong> moduli,
        CkksPacking packing,
        int logScale,
        int depth,
        CkksExactIntegers? exactIntegers = null,
        SecurityLevel minimumSecurity = SecurityLevel.Bits128,
        bool requirePostQuantum = false)
    {
        ParameterError ring = CheckRing(degree, moduli.Length);
        if (ring != ParameterError.None)
        {
            return ring;
        }

        ParameterError primes = CheckModuli(degree, moduli);
        if (primes != ParameterError.None)
        {
            return primes;
        }

        if (!Enum.IsDefined(packing))
        {
            return ParameterError.PackingNotSupported;
        }

        ParameterError encoding = packing == CkksPacking.ExactIntegers
            ? CheckExactIntegers(degree, moduli, logScale, depth, exactIntegers!)
            : CheckFixedPoint(moduli, logScale, depth);
        return encoding == ParameterError.None
            ? CheckSecurity(degree, moduli, minimumSecurity, requirePostQuantum)
            : encoding;
    }

    public static HeParameterException Describe(ParameterError reason) => new(reason, reason switch
    {
        ParameterError.DegreeNotSupported =>
            $"The ring degree must be one of {string.Join(", ", SecurityTable.Degrees)}.",
        ParameterError.ModulusCountNotSupported =>
            $"The modulus needs between 1 and {CkksParameters.MaxModuli} primes, and one or two for exact integers.",
        ParameterError.ModulusSizeNotSupported =>
            $"Every prime of the modulus needs between {MinLogModulus} and {MaxLogModulus} bits.",
        ParameterError.ModulusNotPrimeOfTheRing => "Every modulus must be a prime that is 1 modulo twice the degree.",
        ParameterError.ModulusRepeated => "The primes of the modulus must differ from each other.",
        ParameterError.NotEnoughPrimes => "There are not enough primes of this size for this degree. Use larger primes.",
        ParameterError.ScaleNotSupported => $"The scaling bits must be between {MinLogScale} and {MaxLogScale}, " +
            $"and exact integers must have between {MinLogScaleOfIntegers + 1} and {MaxLogScaleOfIntegers + 1} bits.",
        ParameterError.ScaleExceedsModulus =>
            "The scale leaves no room for a value of magnitude 1. Use fewer scaling bits or a larger modulus.",
        ParameterError.DepthNotSupported =>
            "The multiplicative depth must be 0 or 1, and depth 1 needs a prime to spend, which exact integers do not have. " +
            "Add a prime, or use depth 0.",
        ParameterError.SecurityBelowRequired =>
            "The modulus is too large for this degree at the required security. Use a larger degree or a smaller modulus.",
        ParameterError.PackingNotSupported => "The packing must be coefficients, slots or exact integers.",
        ParameterError.TotalWeightNotSupported =>
            "The largest total weight must be between 1 and 2^32 for exact integers, and 0 with any other packing.",
        ParameterError.TrafficNotSupported =>
            "The traffic that exact integers are planned for must be a defined one, and seed lists with any other packing.",
        ParameterError.PrecisionExceedsModulus =>
            "Not even one exact integer of this precision and total weight fits a coefficient beside the noise. " +
            "Use fewer bits, a smaller total weight, or no public-key encryption.",
        _ => "The parameters are not acceptable.",
    });

    private static ParameterError TryPlan(CkksParametersLiteral literal, ImmutableArray<ulong> moduli, out CkksExactIntegers? plan)
    {
        plan = null;
        if (literal.Packing != CkksPacking.ExactIntegers)
        {
            if (literal.LargestTotalWeight != 0)
            {
                return ParameterError.TotalWeightNotSupported;
            }

            return literal.Traffic == CkksTraffic.SeedLists ? ParameterError.None : ParameterError.TrafficNotSupported;
        }

        ParameterError reason = CheckPromise(moduli, literal.LogScale, literal.Depth, literal.LargestTotalWeight, literal.Traffic);
        if (reason != ParameterError.None)
        {
            return reason;
        }

        plan = CkksExactPlanner.Plan(
            literal.Degree, moduli, literal.LogScale + 1, literal.LargestTotalWeight, literal.Traffic);
        return plan is null ? ParameterError.PrecisionExceedsModulus : ParameterError.None;
    }

    private static ParameterError CheckFixedPoint(ImmutableArray<ulong> moduli, int logScale, int depth)
    {
        if (logScale is < MinLogScale or > MaxLogScale)
        {
            return ParameterError.ScaleNotSupported;
        }

        if (depth is < 0 or > 1 || moduli.Length <= depth)
        {
            return ParameterError.DepthNotSupported;
        }

        // Room for one value of magnitude 1 beside the worst-case noise of a fresh seeded vector.
        double noise = Math.ScaleB(NoiseKernel.BinomialMax + 1, -logScale);
        return CkksParameters.CapacityOf(moduli, depth, logScale) <= 1 + noise
            ? ParameterError.ScaleExceedsModulus
            : ParameterError.None;
    }

    /// <summary>Checks that a plan, whether made here or read, keeps its promise.</summary>
    private static ParameterError CheckExactIntegers(
        int degree, ImmutableArray<ulong> moduli, int logScale, int depth, CkksExactIntegers exact)
    {
        ParameterError reason = CheckPromise(moduli, logScale, depth, exact.LargestTotalWeight, exact.Traffic);
        if (reason != ParameterError.None)
        {
            return reason;
        }

        int most = CkksExactPlanner.MostDropped(moduli);
        bool isPossible = exact.Fields > 0
            && exact.LogPlaintextModulus <= CkksExactPlanner.MostPlaintextBits(moduli)
            && exact.Upload.C0 <= most && exact.Upload.C1 <= (exact.Traffic == CkksTraffic.PublicKey ? most : 0)
            && exact.SeedListSum.C0 <= most && exact.SeedListSum.C1 == 0
            && exact.FullSum.C0 <= most && exact.FullSum.C1 <= most;
        return isPossible && new CkksExactBudget(degree, moduli, exact.LargestTotalWeight, exact.Traffic).Keeps(exact)
            ? ParameterError.None
            : ParameterError.PrecisionExceedsModulus;
    }

    private static ParameterError CheckPromise(
        ImmutableArray<ulong> moduli, int logScale, int depth, long largestTotalWeight, CkksTraffic traffic)
    {
        if (moduli.Length > MaxModuliOfIntegers)
        {
            return ParameterError.ModulusCountNotSupported;
        }

        if (logScale is < MinLogScaleOfIntegers or > MaxLogScaleOfIntegers)
        {
            return ParameterError.ScaleNotSupported;
        }

        if (depth != 0)
        {
            return ParameterError.DepthNotSupported;
        }

        if (largestTotalWeight is < 1 or > MaxTotalWeight)
        {
            return ParameterError.TotalWeightNotSupported;
        }

        return Enum.IsDefined(traffic) ? ParameterError.None : ParameterError.TrafficNotSupported;
    }

    private static ParameterError CheckRing(int degree, int modulusCount)
    {
        if (!SecurityTable.Degrees.Contains(degree))
        {
            return ParameterError.DegreeNotSupported;
        }

        return modulusCount is >= 1 and <= CkksParameters.MaxModuli
            ? ParameterError.None
            : ParameterError.ModulusCountNotSupported;
    }

    private static ParameterError CheckModuli(int degree, ImmutableArray<ulong> moduli)
    {
        for (int i = 0; i < moduli.Length; i++)
        {
            ulong modulus = moduli[i];
            if (modulus is < (1UL << (MinLogModulus - 1)) or >= (1UL << MaxLogModulus))
            {
                return ParameterError.ModulusSizeNotSupported;
            }

            if (modulus % (2 * (ulong)degree) != 1 || !ModularArithmetic.IsPrime(modulus))
            {
                return ParameterError.ModulusNotPrimeOfTheRing;
            }

            for (int earlier = 0; earlier < i; earlier++)
            {
                if (moduli[earlier] == modulus)
                {
                    return ParameterError.ModulusRepeated;
                }
            }
        }

        return ParameterError.None;
    }

    private static ParameterError CheckSecurity(
        int degree, ImmutableArray<ulong> moduli, SecurityLevel minimumSecurity, bool requirePostQuantum)
    {
        // No description can lower the requirement below 128 bits.
        SecurityLevel required = minimumSecurity > SecurityLevel.Bits128 ? minimumSecurity : SecurityLevel.Bits128;
        int bits = CkksParameters.LogModulusOf(moduli);
        bool secure = SecurityTable.LevelOf(degree, bits) >= required
            && (!requirePostQuantum || SecurityTable.LevelOf(degree, bits, postQuantum: true) >= required);
        return secure ? ParameterError.None : ParameterError.SecurityBelowRequired;
    }
}
