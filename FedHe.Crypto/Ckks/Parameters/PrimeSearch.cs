using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// A prime search chooses the primes of a modulus by the rule of Microsoft SEAL's CoeffModulus::Create, so that both
/// libraries agree.
/// </summary>
/// <remarks>
/// A size that is listed c times takes the c largest primes of this size that are 1 modulo 2N. They follow the order in
/// which the sizes are listed, the smallest first.
/// </remarks>
internal static class PrimeSearch
{
    public static bool TryFind(int degree, ImmutableArray<int> logModuli, out ImmutableArray<ulong> moduli)
    {
        moduli = [];
        var primes = new ulong[logModuli.Length];
        for (int i = primes.Length - 1; i >= 0; i--)
        {
            // The prime is the largest below the one of the same size that follows in the list.
            int bits = logModuli[i];
            int next = logModuli.AsSpan()[(i + 1)..].IndexOf(bits);
            ulong? prime = RingPrimes.LargestBelow(next < 0 ? 1UL << bits : primes[i + 1 + next], degree, bits);
            if (prime is null)
            {
                return false;
            }

            primes[i] = prime.Value;
        }

        moduli = ImmutableCollectionsMarshal.AsImmutableArray(primes);
        return true;
    }
}
