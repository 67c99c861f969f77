using System.Diagnostics;

namespace FedHe.Crypto.Kernels.Modular;

/// <summary>
/// A Barrett modulus computes modulo a prime p &lt; 2^62 on secret integers, without branches, divisions or tables.
/// </summary>
/// <remarks>
/// The quotient q = floor(z*floor(2^128/p)/2^128) of any z &lt; 2^128 is at most one too small: the ratio is less than 1 too
/// small, which z/2^128 &lt; 1 scales to less than 1. So z - q*p is in [0, 2p), and its lowest 64 bits are enough.
/// Source: Barrett, "Implementing the Rivest Shamir and Adleman public key encryption algorithm on a standard digital signal
/// processor", CRYPTO 1986, with base 2^128 and one subtraction.
/// </remarks>
internal readonly struct BarrettModulus
{
    /// <summary>The bound of the primes.</summary>
    public const ulong MaxPrime = 1UL << 62;

    private readonly ulong _ratioHigh;
    private readonly ulong _ratioLow;

    /// <summary>Prepares the arithmetic modulo an odd prime below <see cref="MaxPrime"/>.</summary>
    public BarrettModulus(ulong prime)
    {
        Debug.Assert(prime % 2 == 1 && prime is > 2 and < MaxPrime, "p is an odd prime below 2^62.");
        Prime = prime;
        UInt128 ratio = UInt128.MaxValue / prime; // floor(2^128/p), which p does not divide
        _ratioHigh = (ulong)(ratio >> 64);
        _ratioLow = (ulong)ratio;
    }

    /// <summary>The prime p.</summary>
    public ulong Prime { get; }

    /// <summary>Computes z mod p, in [0, p), for z = high*2^64 + low.</summary>
    public ulong Reduce(ulong high, ulong low) => Divide(high, low).Remainder;

    /// <summary>Computes x*y mod p, in [0, p), for any x and y.</summary>
    public ulong Multiply(ulong x, ulong y)
    {
        ulong high = Math.BigMul(x, y, out ulong low);
        return Reduce(high, low);
    }

    /// <summary>Computes x + y mod p, for x and y in [0, p).</summary>
    public ulong Add(ulong x, ulong y) => ModularArithmetic.SubtractOnce(x + y, Prime);

    /// <summary>Computes x - y mod p, for x and y in [0, p).</summary>
    public ulong Subtract(ulong x, ulong y) => ModularArithmetic.Subtract(x, y, Prime);

    /// <summary>Computes x^exponent mod p, for a public exponent of at least 0.</summary>
    public ulong Power(ulong x, long exponent)
    {
        ulong result = 1;
        for (; exponent != 0; exponent >>= 1)
        {
            result = (exponent & 1) != 0 ? Multiply(result, x) : result;
            x = Multiply(x, x);
        }

        return result;
    }

    /// <summary>Prepares products with a secret factor in [0, p).</summary>
    public ShoupFactor Factor(ulong value) => new(value, Divide(value, 0).Quotient); // floor(w*2^64/p)

    private (ulong Quotient, ulong Remainder) Divide(ulong high, ulong low)
    {
        // The columns of (high*2^64 + low)*(ratioHigh*2^64 + ratioLow), of which those from 2^128 on are q modulo 2^64.
        ulong lowest = Math.BigMul(low, _ratioLow, out _);
        ulong middleHigh = Math.BigMul(low, _ratioHigh, out ulong middle) + CarryOf(middle, lowest);
        ulong otherHigh = Math.BigMul(high, _ratioLow, out ulong other) + CarryOf(other, unchecked(middle + lowest));
        ulong quotient = unchecked((high * _ratioHigh) + middleHigh + otherHigh);
        ulong lazy = unchecked(low - (quotient * Prime)); // z - q*p, in [0, 2p)
        ulong difference = unchecked(lazy - Prime);
        ulong isSmaller = difference >> 63;
        return (quotient + 1 - isSmaller, difference + (Prime & (0 - isSmaller)));
    }

    /// <summary>Computes the carry of x + y, 0 or 1, without a comparison that might become a branch.</summary>
    private static ulong CarryOf(ulong x, ulong y) => ((x & y) | ((x | y) & ~unchecked(x + y))) >> 63;
}
