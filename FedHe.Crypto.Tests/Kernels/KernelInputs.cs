using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Inputs that every kernel is tried with: random and extreme residues, for primes of several sizes.</summary>
internal static class KernelInputs
{
    /// <summary>1 modulo 2*32768: the largest of 50 bits, and of 40 and 26 bits.</summary>
    public static ulong[] Primes { get; } = [Largest(50), Largest(40), Largest(26)];

    public static IEnumerable<ulong[]> Polynomials(int degree, ulong prime)
    {
        var random = new System.Random(degree);
        yield return [.. Enumerable.Range(0, degree).Select(_ => (ulong)random.NextInt64((long)prime))];
        yield return [.. Enumerable.Repeat(prime - 1, degree)];
        yield return new ulong[degree];
        yield return [.. Enumerable.Range(0, degree).Select(i => i % 2 == 0 ? 0 : prime - 1)];
        yield return [.. Enumerable.Range(0, degree).Select(i => i % 3 == 0 ? prime / 2 : (prime / 2) + 1)];
        yield return [.. Enumerable.Range(0, degree).Select(i => random.Next(2) == 0 ? 0 : prime - 1)];
    }

    private static ulong Largest(int bits)
    {
        const ulong Step = 2 * 32768;
        ulong candidate = (1UL << bits) + 1;
        do
        {
            candidate -= Step;
        }
        while (!ModularArithmetic.IsPrime(candidate));
        return candidate;
    }
}
