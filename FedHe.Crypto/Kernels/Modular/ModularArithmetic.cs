using System.Numerics;

namespace FedHe.Crypto.Kernels.Modular;

/// <summary>
/// Integer arithmetic modulo a prime p &lt; 2^62 for set-up work: tables, roots, inverses. Not constant-time unless said.
/// </summary>
internal static class ModularArithmetic
{
    /// <summary>x*y mod p for x, y &lt; p.</summary>
    public static ulong Multiply(ulong x, ulong y, ulong p) => (ulong)((UInt128)x * y % p);

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

    /// <summary>The inverse of x modulo the prime p, by Fermat's little theorem.</summary>
    public static ulong Inverse(ulong x, ulong p) => Power(x, p - 2, p);

    /// <summary>x - p when x >= p, else x, without a branch; for x &lt; 2p &lt; 2^63.</summary>
    public static ulong SubtractOnce(ulong x, ulong p)
    {
        ulong difference = x - p;
        return difference + (p & (ulong)((long)difference >> 63));
    }

    /// <summary>x - y mod p for x, y &lt; p, without a branch.</summary>
    public static ulong Subtract(ulong x, ulong y, ulong p)
    {
        ulong difference = x - y;
        return difference + (p & (ulong)((long)difference >> 63));
    }

    /// <summary>Whether <paramref name="candidate"/> is prime: Miller-Rabin with bases that decide every 64-bit number.</summary>
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
