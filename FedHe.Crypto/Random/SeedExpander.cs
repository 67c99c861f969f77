using System.Numerics;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.Random;

/// <summary>
/// A seed expander turns a public seed into uniform polynomials with AES-256 in counter mode. It is not thread-safe.
/// </summary>
/// <remarks>
/// The seed is the key. The counter block names domain, ciphertext and limb, so that no two polynomials of a vector
/// share a block. It is little-endian: 8 bytes block number, 4 bytes ciphertext, 2 bytes limb, 2 bytes domain (1). Each
/// AES block gives two 8-byte words; a word is cut to the bits of the modulus and skipped when it is not below it.
/// Source: public-seed expansion by AES as in FrodoKEM, section 2.2.5; docs/wire-format.md has the details.
/// </remarks>
internal sealed class SeedExpander : IDisposable
{
    private const ulong UniformDomain = 1;

    // The cipher encrypts blocks one by one, which hold the counters. It is kept, since setting it up costs half as
    // much as a polynomial's worth of blocks.
    private readonly BlockCipher _cipher;

    public SeedExpander(in Seed seed) => _cipher = BlockCipher.Create(seed);

    /// <summary>Fills a polynomial with integers that are uniform in [0, modulus).</summary>
    public void Expand(int ciphertext, int limb, ulong modulus, CipherBlocks scratch, Span<ulong> destination)
    {
        ulong mask = MaskOf(modulus);
        ulong label = LabelOf(ciphertext, limb);
        int batch = scratch.Words.Length & -UniformKernel.WordsPerBlock;
        ulong block = 0;
        while (!destination.IsEmpty)
        {
            int count = Math.Min(destination.Length + (destination.Length % UniformKernel.WordsPerBlock), batch);
            Span<ulong> words = Encrypt(scratch, count, block, label);
            block += (ulong)(count / UniformKernel.WordsPerBlock);

            // Nearly always every word is below the modulus, and the first batch is the polynomial.
            Span<ulong> kept = count <= destination.Length ? destination[..count] : words;
            if (!UniformKernel.Default.Mask(words, mask, modulus, kept))
            {
                kept = kept[..UniformKernel.Compact(kept, modulus)];
            }

            if (count > destination.Length)
            {
                kept = kept[..Math.Min(kept.Length, destination.Length)];
                kept.CopyTo(destination);
            }

            destination = destination[kept.Length..];
        }
    }

    /// <summary>Writes the sum of an addend and the polynomial of <see cref="Expand"/>. The spans are disjoint.</summary>
    public void ExpandAndAdd(
        int ciphertext, int limb, ulong modulus, CipherBlocks scratch, ReadOnlySpan<ulong> addend, Span<ulong> destination)
    {
        // Nearly always one batch of words, all of them below the modulus, is the polynomial.
        int count = destination.Length;
        bool isOneBatch = count % UniformKernel.WordsPerBlock == 0 && count <= scratch.Words.Length;
        if (isOneBatch)
        {
            Span<ulong> words = Encrypt(scratch, count, firstBlock: 0, LabelOf(ciphertext, limb));
            if (UniformKernel.Default.MaskAndAdd(words, MaskOf(modulus), modulus, addend, destination))
            {
                return;
            }
        }

        Expand(ciphertext, limb, modulus, scratch, destination);
        PolynomialKernel.Default.Add(destination, addend, modulus);
    }

    public void Dispose() => _cipher.Dispose();

    private static ulong MaskOf(ulong modulus) => (1UL << (64 - BitOperations.LeadingZeroCount(modulus))) - 1;

    private static ulong LabelOf(int ciphertext, int limb)
        => (UniformDomain << 48) | ((ulong)(ushort)limb << 32) | (uint)ciphertext;

    private Span<ulong> Encrypt(CipherBlocks scratch, int count, ulong firstBlock, ulong label)
    {
        scratch.EncryptCounters(_cipher, count, firstBlock, label);
        return scratch.Words[..count];
    }
}
