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

    /// <summary>Sets of positions, a bit for each: none, all, every other one, long runs, and of several densities.</summary>
    public static IEnumerable<ulong[]> Sets(int length, System.Random random)
    {
        int words = (length + 63) / 64;
        yield return new ulong[words];
        yield return [.. Enumerable.Repeat(ulong.MaxValue, words)];
        yield return [.. Enumerable.Repeat(0x5555_5555_5555_5555UL, words)];
        yield return [.. Enumerable.Range(0, words).Select(i => ulong.MaxValue << (i * 17 % 64))];
        foreach (int percent in (int[])[1, 10, 50, 90])
        {
            yield return [.. Enumerable.Range(0, words).Select(_ =>
                Enumerable.Range(0, 64).Aggregate(0UL, (word, bit) => random.Next(100) < percent ? word | (1UL << bit) : word))];
        }
    }

    private static ulong Largest(int bits)
    {
        const ulong Step = 2 * 32768;
        ulong candidate = (1UL << bits) + 1;
        do
        {
            candidate -= Step;
        }
        while (!FedHe.Crypto.Kernels.ModularArithmetic.IsPrime(candidate));
        return candidate;
    }
}
