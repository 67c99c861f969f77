using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Ckks;

/// <summary>Checks CKKS parameters and names the first reason for refusing them.</summary>
internal static class CkksParametersValidator
{
    private const int MinLogModulus = 14;
    private const int MaxLogModulus = 50;
    private const int MinLogScale = 14;
    private const int MaxLogScale = 52;

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

        reason = Validate(
            literal.Degree, moduli, literal.Packing, literal.LogScale, literal.Depth, literal.MinimumSecurity, literal.RequirePostQuantum);
        if (reason == ParameterError.None)
        {
            parameters = new CkksParameters(literal.Degree, moduli, literal.Packing, literal.LogScale, literal.Depth);
        }

        return parameters is not null;
    }

    public static ParameterError Validate(
        int degree,
        ImmutableArray<ulong> moduli,
        CkksPacking packing,
        int logScale,
        int depth,
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
        if (CkksParameters.CapacityOf(moduli, depth, logScale) <= 1 + noise)
        {
            return ParameterError.ScaleExceedsModulus;
        }

        return CheckSecurity(degree, moduli, minimumSecurity, requirePostQuantum);
    }

    public static HeParameterException Describe(ParameterError reason) => new(reason, reason switch
    {
        ParameterError.DegreeNotSupported =>
            $"The ring degree must be one of {string.Join(", ", SecurityTable.Degrees)}.",
        ParameterError.ModulusCountNotSupported =>
            $"The modulus needs between 1 and {CkksParameters.MaxModuli} primes.",
        ParameterError.ModulusSizeNotSupported =>
            $"Every prime of the modulus needs between {MinLogModulus} and {MaxLogModulus} bits.",
        ParameterError.ModulusNotPrimeOfTheRing => "Every modulus must be a prime that is 1 modulo twice the degree.",
        ParameterError.ModulusRepeated => "The primes of the modulus must differ from each other.",
        ParameterError.NotEnoughPrimes => "There are not enough primes of this size for this degree. Use larger primes.",
        ParameterError.ScaleNotSupported => $"The scaling bits must be between {MinLogScale} and {MaxLogScale}.",
        ParameterError.ScaleExceedsModulus =>
            "The scale leaves no room for a value of magnitude 1. Use fewer scaling bits or a larger modulus.",
        ParameterError.DepthNotSupported =>
            "The multiplicative depth must be 0 or 1, and depth 1 needs a prime to spend. Add a prime.",
        ParameterError.SecurityBelowRequired =>
            "The modulus is too large for this degree at the required security. Use a larger degree or a smaller modulus.",
        ParameterError.PackingNotSupported => "The packing must be coefficients or slots.",
        _ => "The parameters are not acceptable.",
    });

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
        foreach (ulong modulus in moduli)
        {
            if (modulus is < (1UL << (MinLogModulus - 1)) or >= (1UL << MaxLogModulus))
            {
                return ParameterError.ModulusSizeNotSupported;
            }

            if (modulus % (2 * (ulong)degree) != 1 || !ModularArithmetic.IsPrime(modulus))
            {
                return ParameterError.ModulusNotPrimeOfTheRing;
            }
        }

        return moduli.Distinct().Count() == moduli.Length ? ParameterError.None : ParameterError.ModulusRepeated;
    }

    private static ParameterError CheckSecurity(
        int degree, ImmutableArray<ulong> moduli, SecurityLevel minimumSecurity, bool requirePostQuantum)
    {
        // No description, however written, gets below 128 bits.
        SecurityLevel required = minimumSecurity > SecurityLevel.Bits128 ? minimumSecurity : SecurityLevel.Bits128;
        int bits = CkksParameters.LogModulusOf(moduli);
        bool secure = SecurityTable.LevelOf(degree, bits) >= required
            && (!requirePostQuantum || SecurityTable.LevelOf(degree, bits, postQuantum: true) >= required);
        return secure ? ParameterError.None : ParameterError.SecurityBelowRequired;
    }
}
