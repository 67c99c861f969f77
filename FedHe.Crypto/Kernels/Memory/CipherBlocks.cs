using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>Cipher blocks are a buffer of words that a block cipher encrypts in place. The owner zeroes what is secret.</summary>
internal sealed class CipherBlocks(int wordCount)
{
    // Without a key of their own they make the ciphers of many keys, each for less than half of the memory.
    private static readonly ConcurrentPool<Aes> Makers = new(_ => CreateMaker());

    private readonly AlignedArray<byte> _bytes = new(sizeof(ulong) * wordCount);

    /// <summary>The bytes of the buffer.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>The words of the buffer.</summary>
    public Span<ulong> Words => MemoryMarshal.Cast<byte, ulong>(_bytes.Span);

    /// <summary>Encrypts the first words in place.</summary>
    public void Encrypt(ICryptoTransform cipher, int count)
        => cipher.TransformBlock(_bytes.Storage, _bytes.Start, sizeof(ulong) * count, _bytes.Storage, _bytes.Start);

    /// <summary>Encrypts the first words in place under a key that serves no other buffer.</summary>
    public void Encrypt(ReadOnlySpan<byte> key, int count)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> bytes = _bytes.Span[..(sizeof(ulong) * count)];
        aes.EncryptEcb(bytes, bytes, PaddingMode.None);
    }

    /// <summary>Creates the cipher of a key of 32 bytes, AES-256, which encrypts every block by itself.</summary>
    public static ICryptoTransform CreateCipher(byte[] key)
    {
        Aes maker = Makers.Rent();
        try
        {
            return maker.CreateEncryptor(key, rgbIV: null);
        }
        finally
        {
            Makers.Return(maker);
        }
    }

    private static Aes CreateMaker()
    {
        var aes = Aes.Create();
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        return aes;
    }
}
