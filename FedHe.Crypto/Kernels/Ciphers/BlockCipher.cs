using System.Runtime.Intrinsics.X86;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Ciphers;

/// <summary>A block cipher is AES-256 under one key, which encrypts every block of 16 bytes by itself. It is not thread-safe.</summary>
/// <remarks>Every implementation agrees with <see cref="LibraryBlockCipher"/>, and takes the same time for every key and every block. The key is zeroed on dispose.</remarks>
internal abstract class BlockCipher : IDisposable
{
    /// <summary>The number of bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>The number of bytes of a block.</summary>
    public const int BlockLength = 16;

    /// <summary>Creates the fastest cipher on this machine.</summary>
    /// <param name="key">The key, of which the cipher keeps a copy.</param>
    public static BlockCipher Create(ReadOnlySpan<byte> key)
        => Aes.IsSupported && Sse2.IsSupported ? new ProcessorBlockCipher(key) : new LibraryBlockCipher(key);

    /// <summary>Encrypts the first bytes in place, which are whole blocks.</summary>
    public abstract void Encrypt(AlignedArray<byte> bytes, int length);

    /// <summary>Fills the first bytes with encrypted blocks: 8 bytes counter and 8 bytes label, the lowest byte first.</summary>
    public abstract void EncryptCounters(AlignedArray<byte> bytes, int length, ulong first, ulong label);

    /// <summary>Zeroes the key.</summary>
    public abstract void Dispose();
}
