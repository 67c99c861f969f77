using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Random;

/// <summary>
/// Expands a public seed into uniform polynomials with AES-256 in counter mode: the seed is the key, and the counter
/// block names domain, ciphertext and limb, so that no two polynomials of a vector share a block.
/// </summary>
/// <remarks>
/// Counter block, little-endian: 8 bytes block number, 4 bytes ciphertext, 2 bytes limb, 2 bytes domain (1). Each AES
/// block gives two 8-byte words; a word is cut to the bits of the modulus and skipped when it is not below it.
/// Source: public-seed expansion by AES as in FrodoKEM, section 2.2.5; docs/wire-format.md has the details.
/// Not thread-safe.
/// </remarks>
internal sealed class SeedExpander : IDisposable
{
    private const ulong UniformDomain = 1;
    private const int WordsPerBatch = 512;

    private readonly Aes _aes;

    public SeedExpander(in Seed seed)
    {
        _aes = Aes.Create();
        _aes.SetKey(seed);
    }

    /// <summary>Fills a polynomial with integers uniform in [0, modulus).</summary>
    public void Expand(int ciphertext, int limb, ulong modulus, Span<ulong> destination)
    {
        ulong mask = (1UL << (64 - BitOperations.LeadingZeroCount(modulus))) - 1;
        ulong label = (UniformDomain << 48) | ((ulong)(ushort)limb << 32) | (uint)ciphertext;

        // Nearly always every word is below the modulus, and the cipher's output in place is the polynomial.
        Span<ulong> direct = destination[..(destination.Length & -UniformKernel.WordsPerBlock)];
        int filled = Fill(direct, firstBlock: 0, label, mask, modulus);
        if (filled < destination.Length)
        {
            Complete(destination[filled..], (ulong)(direct.Length / UniformKernel.WordsPerBlock), label, mask, modulus);
        }
    }

    public void Dispose() => _aes.Dispose();

    /// <summary>Fills what rejected words left open, from the blocks that follow.</summary>
    private void Complete(Span<ulong> destination, ulong block, ulong label, ulong mask, ulong modulus)
    {
        Span<ulong> batch = stackalloc ulong[WordsPerBatch];
        while (!destination.IsEmpty)
        {
            int count = Math.Min(Fill(batch, block, label, mask, modulus), destination.Length);
            block += WordsPerBatch / UniformKernel.WordsPerBlock;
            batch[..count].CopyTo(destination);
            destination = destination[count..];
        }
    }

    /// <summary>Fills words with the output of whole blocks and returns how many of them are below the modulus.</summary>
    private int Fill(Span<ulong> words, ulong firstBlock, ulong label, ulong mask, ulong modulus)
    {
        UniformKernel.Default.WriteCounters(words, firstBlock, label);
        Span<byte> bytes = UniformKernel.Bytes(words);
        _aes.EncryptEcb(bytes, bytes, PaddingMode.None);
        return UniformKernel.Default.Mask(words, mask, modulus) ? words.Length : UniformKernel.Compact(words, modulus);
    }
}
