namespace FedHe.Crypto.Kernels.Modular;

/// <summary>Ring primes are the primes p = 1 mod 2N, modulo which the negacyclic transform of degree N exists.</summary>
internal static class RingPrimes
{
    /// <summary>Lists all primes of a size that are 1 modulo 2N, largest first.</summary>
    public static IEnumerable<ulong> LargestFirst(int degree, int bits)
    {
        ulong step = 2 * (ulong)degree;
        ulong smallest = 1UL << (bits - 1);
        for (ulong candidate = ((((1UL << bits) - 1) / step) * step) + 1; candidate > smallest; candidate -= step)
        {
            if (candidate < (1UL << bits) && ModularArithmetic.IsPrime(candidate))
            {
                yield return candidate;
            }

            if (candidate < step)
            {
                yield break;
            }
        }
    }
}
