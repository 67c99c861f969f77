using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

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
    private const ushort UniformDomain = 1;
    private const int BlockLength = 16;
    private const int BlocksPerBatch = 256;

    private readonly Aes _aes;
    private readonly byte[] _batch = new byte[BlockLength * BlocksPerBatch];

    public SeedExpander(in Seed seed)
    {
        _aes = Aes.Create();
        _aes.SetKey(seed);
    }

    /// <summary>Fills a polynomial with integers uniform in [0, modulus).</summary>
    public void Expand(int ciphertext, int limb, ulong modulus, Span<ulong> destination)
    {
        ulong mask = (1UL << (64 - BitOperations.LeadingZeroCount(modulus))) - 1;
        ulong block = 0;
        int filled = 0;
        while (filled < destination.Length)
        {
            FillBatch(block, ciphertext, limb);
            block += BlocksPerBatch;
            for (int offset = 0; offset < _batch.Length && filled < destination.Length; offset += sizeof(ulong))
            {
                ulong word = BinaryPrimitives.ReadUInt64LittleEndian(_batch.AsSpan(offset)) & mask;
                if (word < modulus)
                {
                    destination[filled++] = word;
                }
            }
        }
    }

    public void Dispose() => _aes.Dispose();

    private void FillBatch(ulong firstBlock, int ciphertext, int limb)
    {
        for (int i = 0; i < BlocksPerBatch; i++)
        {
            Span<byte> counter = _batch.AsSpan(BlockLength * i, BlockLength);
            BinaryPrimitives.WriteUInt64LittleEndian(counter, firstBlock + (ulong)i);
            BinaryPrimitives.WriteInt32LittleEndian(counter[8..], ciphertext);
            BinaryPrimitives.WriteUInt16LittleEndian(counter[12..], (ushort)limb);
            BinaryPrimitives.WriteUInt16LittleEndian(counter[14..], UniformDomain);
        }

        _aes.EncryptEcb(_batch, _batch, PaddingMode.None);
    }
}
