using System.Collections.Immutable;
using System.Numerics;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>Computes how much a CKKS modulus, a product of primes, holds.</summary>
internal static class CkksModuli
{
    /// <summary>Number of bits that a residue modulo one prime needs.</summary>
    public static int WidthOf(ulong prime) => 64 - BitOperations.LeadingZeroCount(prime);

    /// <summary>Number of bits of the product of all primes.</summary>
    public static int LogModulusOf(ImmutableArray<ulong> primes)
        => (int)primes.Aggregate(BigInteger.One, (product, prime) => product * prime).GetBitLength();

    /// <summary>Half of the modulus that remains after every rescale, divided by the scale.</summary>
    public static double CapacityOf(ImmutableArray<ulong> primes, int depth, int logScale)
    {
        double modulus = 1;
        foreach (ulong prime in primes.AsSpan()[..^depth])
        {
            modulus *= prime;
        }

        return Math.ScaleB(modulus, -logScale - 1);
    }
}
