using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>
/// A polynomial source returns the second polynomials of a vector, stored or expanded from seeds. It is not
/// thread-safe.
/// </summary>
internal sealed class CkksPolynomialSource : IDisposable
{
    private readonly CkksRing _ring;
    private readonly CkksVector _vector;
    private readonly SeedExpander[] _expanders;

    public CkksPolynomialSource(CkksRing ring, CkksVector vector)
    {
        _ring = ring;
        _vector = vector;
        _expanders = new SeedExpander[vector.Seeds.Length];
        for (int i = 0; i < _expanders.Length; i++)
        {
            _expanders[i] = new SeedExpander(vector.Seeds[i].Seed);
        }
    }

    /// <summary>Returns one limb of c1, transformed: the sum of w*a over all seeds, or the stored polynomial.</summary>
    /// <param name="ciphertext">Index of the ciphertext.</param>
    /// <param name="limb">Index of the prime.</param>
    /// <param name="workspace">Receives the expansions, or a polynomial that has to be unpacked.</param>
    public ReadOnlySpan<ulong> Limb(int ciphertext, int limb, CkksWorkspace workspace)
    {
        if (_expanders.Length == 0)
        {
            return _vector.Limb(ciphertext, polynomial: 1, limb, workspace.Polynomial);
        }

        ulong modulus = _ring.Parameters.Moduli[limb];
        Span<ulong> sum = workspace.Polynomial;
        Span<ulong> next = workspace.SecondPolynomial;
        _expanders[0].Expand(ciphertext, limb, modulus, workspace.Expansion, sum);
        PolynomialKernel.Default.Scale(sum, FactorOf(seed: 0, modulus), modulus);
        for (int i = 1; i < _expanders.Length; i++)
        {
            ShoupFactor factor = FactorOf(i, modulus);
            if (factor.Value == 1)
            {
                _expanders[i].ExpandAndAdd(ciphertext, limb, modulus, workspace.Expansion, sum, next);
                Span<ulong> previous = sum;
                sum = next;
                next = previous;
            }
            else
            {
                _expanders[i].Expand(ciphertext, limb, modulus, workspace.Expansion, next);
                PolynomialKernel.Default.AddScaled(sum, next, factor, modulus);
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

    private ShoupFactor FactorOf(int seed, ulong modulus)
        => ShoupFactor.Create((ulong)_vector.Seeds[seed].Weight % modulus, modulus);
}
