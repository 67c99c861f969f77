using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks;

/// <summary>The second polynomial of a vector's ciphertexts, stored or expanded from the seed.</summary>
internal sealed class CkksPolynomialSource(CkksRing ring, CkksVector vector) : IDisposable
{
    private readonly SeedExpander? _expander = vector.Form == VectorForm.Seeded ? new SeedExpander(vector.Seed) : null;

    /// <summary>One limb of c1, transformed.</summary>
    /// <param name="ciphertext">Index of the ciphertext.</param>
    /// <param name="limb">Index of the prime.</param>
    /// <param name="scratch">Where an expansion goes; untouched for a stored polynomial.</param>
    public ReadOnlySpan<ulong> Limb(int ciphertext, int limb, Span<ulong> scratch)
    {
        if (_expander is null)
        {
            return vector.Limb(ciphertext, polynomial: 1, limb);
        }

        _expander.Expand(ciphertext, limb, ring.Parameters.Moduli[limb], scratch);
        return scratch;
    }

    public void Dispose() => _expander?.Dispose();
}
