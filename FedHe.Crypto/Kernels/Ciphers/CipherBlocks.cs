using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Ciphers;

/// <summary>Cipher blocks are a buffer of words that a block cipher fills or encrypts in place. The owner zeroes what is secret.</summary>
internal sealed class CipherBlocks(int wordCount)
{
    private readonly AlignedArray<byte> _bytes = new(sizeof(ulong) * wordCount);

    /// <summary>The bytes of the buffer.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>The words of the buffer.</summary>
    public Span<ulong> Words => MemoryMarshal.Cast<byte, ulong>(_bytes.Span);

    /// <summary>Encrypts the first words in place.</summary>
    public void Encrypt(BlockCipher cipher, int count) => cipher.Encrypt(_bytes, sizeof(ulong) * count);

    /// <summary>Fills the first words with encrypted blocks, each of a counter and a label.</summary>
    /// <param name="cipher">The cipher.</param>
    /// <param name="count">The number of words, an even one.</param>
    /// <param name="first">The counter of the first block.</param>
    /// <param name="label">The second word of every block.</param>
    public void EncryptCounters(BlockCipher cipher, int count, ulong first, ulong label)
        => cipher.EncryptCounters(_bytes, sizeof(ulong) * count, first, label);
}
