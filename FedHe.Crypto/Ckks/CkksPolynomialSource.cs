using System.Collections.Immutable;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks;

/// <summary>The second polynomial of a vector's ciphertexts, stored or expanded from the seeds. Not thread-safe.</summary>
internal sealed class CkksPolynomialSource : IDisposable
{
    private readonly CkksRing _ring;
    private readonly CkksVector _vector;
    private readonly ImmutableArray<SeedExpander> _expanders;

    public CkksPolynomialSource(CkksRing ring, CkksVector vector)
    {
        _ring = ring;
        _vector = vector;
        _expanders = [.. vector.Seeds.Select(seed => new SeedExpander(seed.Seed))];
    }

    /// <summary>One limb of c1, transformed.</summary>
    /// <param name="ciphertext">Index of the ciphertext.</param>
    /// <param name="limb">Index of the prime.</param>
    /// <param name="scratch">Where expansions go; untouched for a stored polynomial.</param>
    /// <param name="secondScratch">Where one expansion goes before it is added.</param>
    public ReadOnlySpan<ulong> Limb(int ciphertext, int limb, Span<ulong> scratch, Span<ulong> secondScratch)
    {
        if (_expanders.IsEmpty)
        {
            return _vector.Limb(ciphertext, polynomial: 1, limb);
        }

        ulong modulus = _ring.Parameters.Moduli[limb];
        for (int i = 0; i < _expanders.Length; i++)
        {
            long weight = _vector.Seeds[i].Weight;
            Span<ulong> expansion = i == 0 ? scratch : secondScratch;
            _expanders[i].Expand(ciphertext, limb, modulus, expansion);
            if (i > 0)
            {
                PolynomialKernel.Default.AddScaled(scratch, expansion, Factor(weight, modulus), modulus);
            }
            else if (weight != 1)
            {
                PolynomialKernel.Default.Scale(scratch, Factor(weight, modulus), modulus);
            }
        }

        return scratch;
    }

    public void Dispose()
    {
        foreach (SeedExpander expander in _expanders)
        {
            expander.Dispose();
        }
    }

    private static ShoupFactor Factor(long weight, ulong modulus) => ShoupFactor.Create((ulong)weight % modulus, modulus);
}
