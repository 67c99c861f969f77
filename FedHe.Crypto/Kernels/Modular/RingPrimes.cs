namespace FedHe.Crypto.Kernels.Modular;

/// <summary>Ring primes are the primes p = 1 mod 2N, modulo which the negacyclic transform of degree N exists.</summary>
internal static class RingPrimes
{
    /// <summary>Lists all primes of a size that are 1 modulo 2N, largest first.</summary>
    public static IEnumerable<ulong> LargestFirst(int degree, int bits)
    {
        for (ulong? prime = LargestBelow(1UL << bits, degree, bits); prime is not null; prime = LargestBelow(prime.Value, degree, bits))
        {
            yield return prime.Value;
        }
    }

    /// <summary>Finds the largest prime of a size that is 1 modulo 2N and below a limit, or returns null where there is none.</summary>
    /// <param name="limit">The limit, from 2 to 2^<paramref name="bits"/>.</param>
    /// <param name="degree">The ring degree N.</param>
    /// <param name="bits">The number of bits of the prime.</param>
    public static ulong? LargestBelow(ulong limit, int degree, int bits)
    {
        ulong step = 2 * (ulong)degree;
        ulong smallest = 1UL << (bits - 1);
        for (ulong candidate = ((limit - 2) / step * step) + 1; candidate > smallest; candidate -= step)
        {
            if (ModularArithmetic.IsPrime(candidate))
            {
                return candidate;
            }

            if (candidate < step)
            {
                return null;
            }
        }

        return null;
    }
}
