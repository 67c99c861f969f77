using System.Collections.Immutable;
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
        var bySize = new Dictionary<int, Stack<ulong>>();
        foreach (IGrouping<int, int> size in logModuli.GroupBy(bits => bits))
        {
            var largestFirst = new Stack<ulong>(RingPrimes.LargestFirst(degree, size.Key).Take(size.Count()));
            if (largestFirst.Count < size.Count())
            {
                return false;
            }

            bySize.Add(size.Key, largestFirst);
        }

        moduli = [.. logModuli.Select(bits => bySize[bits].Pop())];
        return true;
    }
}
