using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>Cipher blocks are a buffer of words that a block cipher encrypts in place. The owner zeroes what is secret.</summary>
internal sealed class CipherBlocks(int wordCount)
{
    private readonly AlignedArray<byte> _bytes = new(sizeof(ulong) * wordCount);

    /// <summary>The bytes of the buffer.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>The words of the buffer.</summary>
    public Span<ulong> Words => MemoryMarshal.Cast<byte, ulong>(_bytes.Span);

    /// <summary>Encrypts the first words in place.</summary>
    public void Encrypt(ICryptoTransform cipher, int count)
        => cipher.TransformBlock(_bytes.Storage, _bytes.Start, sizeof(ulong) * count, _bytes.Storage, _bytes.Start);
}
