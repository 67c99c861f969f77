using System.Diagnostics;
using System.Numerics;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;

namespace FedHe.Crypto.Kernels.Rns;

/// <summary>
/// A plaintext composer spreads integers modulo T = 2^L over the residues of a modulus q of several primes, as round(m*q/T), and
/// rounds residues x to the integer round(x*T/q) again.
/// </summary>
/// <remarks>
/// <para>
/// With r = m*q modulo T in [-T/2, T/2), m*q = T*round(m*q/T) + r. Modulo a prime of q this is round(m*q/T) = -r/T: one product.
/// </para>
/// <para>
/// x/q is the sum of y/p modulo 1 over all primes p, with y = x*(p/q) mod p. Each y/p is cut to 63 bits after the binary point,
/// which is less than 2 units too small, and the point of a word is where integers fall off. No branch depends on a value.
/// </para>
/// Source: Kim, Polyakov and Zucca, ePrint 2021/204, section 3; Halevi, Polyakov and Shoup, ePrint 2018/117, section 2.
/// </remarks>
internal sealed class PlaintextComposer
{
    /// <summary>The largest L, for which an integer modulo T is exact in double precision.</summary>
    public const int MaxLogPlaintextModulus = 52;

    private const int FractionBits = 63;
    private const int MaxLimbs = 16;

    private readonly ulong[] _moduli;
    private readonly ShoupFactor[] _spread;
    private readonly ShoupFactor[] _parts;
    private readonly ulong[] _reciprocals;
    private readonly int[] _shifts;
    private readonly int _integerShift;

    /// <summary>Computes the tables for at most sixteen distinct odd primes, each below 2^62.</summary>
    public PlaintextComposer(ReadOnlySpan<ulong> moduli, int logPlaintextModulus)
    {
        Debug.Assert(moduli.Length <= MaxLimbs && logPlaintextModulus is >= 1 and <= MaxLogPlaintextModulus, "Ranges of the tables.");
        _moduli = moduli.ToArray();
        _integerShift = 64 - logPlaintextModulus;
        _spread = [.. _moduli.Select(p => ShoupFactor.Create(MinusInverse((1UL << logPlaintextModulus) % p, p), p))];
        _parts = [.. _moduli.Select(p => ShoupFactor.Create(PartOf(p), p))];
        _shifts = [.. _moduli.Select(BitOperations.LeadingZeroCount)];
        _reciprocals = [.. _moduli.Select((p, i) => (ulong)((BigInteger.One << (FractionBits + 64 - _shifts[i])) / p))];
    }

    /// <summary>Bounds the loss of <see cref="Compose"/> in units of coefficients: 2*2^-63*q for each prime.</summary>
    public static double LossOf(double modulus, int primes) => Math.ScaleB(primes * modulus, 1 - FractionBits);

    /// <summary>Turns remainders r modulo a prime into round(m*q/T) = -r/T.</summary>
    public void Spread(int limb, Span<ulong> residues) => PolynomialKernel.Default.Scale(residues, _spread[limb], _moduli[limb]);

    /// <summary>Composes residue polynomials into integers m = round(x*T/q) modulo T.</summary>
    /// <param name="limbs">The limbs one after the other, each <paramref name="degree"/> long; scratch space afterwards.</param>
    /// <param name="degree">Distance between limbs.</param>
    /// <param name="destination">Receives the integers in [-T/2, T/2), exactly.</param>
    /// <returns>The largest distance of an x/q from the multiple m/T, in units of 2^-64: T times as much is the rounding of x*T/q.</returns>
    public ulong Compose(Span<ulong> limbs, int degree, Span<double> destination)
    {
        for (int limb = 0; limb < _moduli.Length; limb++)
        {
            PolynomialKernel.Default.Scale(limbs.Slice(limb * degree, degree), _parts[limb], _moduli[limb]); // y
        }

        ulong half = 1UL << (_integerShift - 1);
        long largest = 0;
        for (int index = 0; index < destination.Length; index++)
        {
            ulong fraction = 0;
            for (int limb = 0; limb < _moduli.Length; limb++)
            {
                fraction += Math.BigMul(limbs[(limb * degree) + index] << _shifts[limb], _reciprocals[limb], out _); // y/p
            }

            fraction = (fraction << 1) + half;
            destination[index] = (long)fraction >> _integerShift;
            long distance = (long)(fraction & (half | (half - 1))) - (long)half;
            largest = Math.Max(largest, Math.Abs(distance));
        }

        return (ulong)largest;
    }

    private static ulong MinusInverse(ulong value, ulong p) => ModularArithmetic.Subtract(0, ModularArithmetic.Inverse(value, p), p);

    /// <summary>Computes p/q modulo p, the inverse of the product of all other primes.</summary>
    private ulong PartOf(ulong p)
    {
        ulong others = _moduli.Where(other => other != p).Aggregate(1UL, (product, other) => ModularArithmetic.Multiply(product, other % p, p));
        return ModularArithmetic.Inverse(others, p);
    }
}
