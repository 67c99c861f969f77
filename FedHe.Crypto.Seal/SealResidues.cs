using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// SEAL residues are the words of c0 and c1 as SEAL's files store them: both transformed, each word below its prime, and c1
/// expanded by SEAL where a seed stands for it.
/// </summary>
/// <remarks>
/// SEAL adds the words themselves, and the transform is a bijection modulo each prime, so a ciphertext has one list of residues
/// and a sum has the sums of them.
/// </remarks>
internal sealed class SealResidues(SealSetting setting) : ICiphertextResidues
{
    public IReadOnlyList<long> Primes { get; } = [.. setting.Parameters.Moduli.Select(modulus => (long)modulus)];

    public int PolynomialLength => setting.Parameters.Degree;

    public int PolynomialCount(EncryptedVector vector) => 2 * VectorGuard.Check<SealVector>(setting.Parameters, vector).CiphertextCount;

    public void CopyTo(EncryptedVector vector, int polynomial, int prime, Span<ulong> destination)
    {
        SealVector own = VectorGuard.Check<SealVector>(setting.Parameters, vector);
        VectorGuard.CheckLevel(setting.PrimeCount, own.PrimeCount);
        ArgumentOutOfRangeException.ThrowIfNegative(polynomial);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(polynomial, 2 * own.CiphertextCount);
        ArgumentOutOfRangeException.ThrowIfNegative(prime);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(prime, setting.PrimeCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, setting.Parameters.Degree, nameof(destination));
        (int ciphertext, int part) = Math.DivRem(polynomial, 2);
        SealFileLayout stored = setting.LayoutOf(own.Form, setting.PrimeCount);
        if (part < stored.StoredPolynomials)
        {
            stored.CopyResidues(own.File(ciphertext), part, prime, destination);
            return;
        }

        SealFileLayout full = setting.LayoutOf(VectorForm.Full, setting.PrimeCount);
        using var expanded = new SealBlock(full.Length, count: 1);
        Expand(own.File(ciphertext), full, expanded);
        full.CopyResidues(expanded.File(0), part, prime, destination);
    }

    /// <summary>Has SEAL load a seeded file, which expands the seed, and saves the ciphertext with both polynomials.</summary>
    private void Expand(ReadOnlySpan<byte> seeded, SealFileLayout full, SealBlock destination)
    {
        using CiphertextHandle ciphertext = SealEngine.CreateCiphertext();
        setting.Engine.Load(seeded, ciphertext);
        SealEngine.Save(ciphertext, (saved, index) => full.Rewrite(saved, destination.File(index)), argument: 0);
    }
}
