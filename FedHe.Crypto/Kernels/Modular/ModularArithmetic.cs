using System.Diagnostics;
using System.Numerics;

namespace FedHe.Crypto.Kernels.Modular;

/// <summary>Modular arithmetic works on integers modulo a prime p &lt; 2^62, for tables, roots and inverses.</summary>
/// <remarks>Methods are not constant-time unless their summary says that they have no branch.</remarks>
internal static class ModularArithmetic
{
    /// <summary>Computes x*y mod p, for x and y in [0, p).</summary>
    public static ulong Multiply(ulong x, ulong y, ulong p) => (ulong)((UInt128)x * y % p);

    /// <summary>Computes x^exponent mod p, by repeated squaring.</summary>
    public static ulong Power(ulong x, ulong exponent, ulong p)
    {
        ulong result = 1;
        ulong square = x % p;
        for (; exponent != 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
            {
                result = Multiply(result, square, p);
            }

            square = Multiply(square, square, p);
        }

        return result;
    }

    /// <summary>Computes 1/x mod p, for x in [1, p), by Fermat's little theorem.</summary>
    public static ulong Inverse(ulong x, ulong p) => Power(x, p - 2, p);

    /// <summary>Computes x - p where x is at least p, else x, without a branch.</summary>
    /// <param name="x">In [0, 2p).</param>
    /// <param name="p">In (0, 2^62].</param>
    /// <returns>x mod p, in [0, p).</returns>
    public static ulong SubtractOnce(ulong x, ulong p)
    {
        Debug.Assert(x < 2 * p && p <= 1UL << 62, "The sign of x - p decides.");
        ulong difference = x - p;
        return difference + (p & (ulong)((long)difference >> 63));
    }

    /// <summary>Computes x - y mod p, for x and y in [0, p), without a branch.</summary>
    public static ulong Subtract(ulong x, ulong y, ulong p)
    {
        Debug.Assert(x < p && y < p, "The sign of x - y decides.");
        ulong difference = x - y;
        return difference + (p & (ulong)((long)difference >> 63));
    }

    /// <summary>Decides whether a number is prime, by Miller-Rabin tests with bases that suffice for every 64-bit number.</summary>
    /// <remarks>Source: Sorenson and Webster, "Strong pseudoprimes to twelve prime bases", 2015.</remarks>
    public static bool IsPrime(ulong candidate)
    {
        ReadOnlySpan<ulong> bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
        if (candidate < 2)
        {
            return false;
        }

        foreach (ulong small in bases)
        {
            if (candidate % small == 0)
            {
                return candidate == small;
            }
        }

        int twos = BitOperations.TrailingZeroCount(candidate - 1);
        ulong odd = (candidate - 1) >> twos;
        foreach (ulong witness in bases)
        {
            if (IsCompositeWitness(witness, candidate, odd, twos))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsCompositeWitness(ulong witness, ulong candidate, ulong odd, int twos)
    {
        ulong x = Power(witness, odd, candidate);
        if (x == 1 || x == candidate - 1)
        {
            return false;
        }

        for (int i = 1; i < twos; i++)
        {
            x = Multiply(x, x, candidate);
            if (x == candidate - 1)
            {
                return false;
            }
        }

        return true;
    }
}
