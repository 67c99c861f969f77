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
    /// <param name="workspace">Where expansions go; untouched for a stored polynomial.</param>
    public ReadOnlySpan<ulong> Limb(int ciphertext, int limb, CkksWorkspace workspace)
    {
        if (_expanders.IsEmpty)
        {
            return _vector.Limb(ciphertext, polynomial: 1, limb);
        }

        ulong modulus = _ring.Parameters.Moduli[limb];
        Span<ulong> sum = workspace.Polynomial;
        Span<ulong> expansion = workspace.SecondPolynomial;
        for (int i = 0; i < _expanders.Length; i++)
        {
            var factor = ShoupFactor.Create((ulong)_vector.Seeds[i].Weight % modulus, modulus);
            _expanders[i].Expand(ciphertext, limb, modulus, workspace.Expansion, i == 0 ? sum : expansion);
            if (i > 0)
            {
                PolynomialKernel.Default.AddScaled(sum, expansion, factor, modulus);
            }
            else if (factor.Value != 1)
            {
                PolynomialKernel.Default.Scale(sum, factor, modulus);
            }
        }

        return sum;
    }

    public void Dispose()
    {
        foreach (SeedExpander expander in _expanders)
        {
            expander.Dispose();
        }
    }
}
