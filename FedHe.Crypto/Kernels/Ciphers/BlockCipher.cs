using System.Runtime.Intrinsics.X86;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Ciphers;

/// <summary>A block cipher is AES-256 under one key, which encrypts every block of 16 bytes by itself. It is not thread-safe.</summary>
/// <remarks>
/// Every implementation agrees with <see cref="LibraryBlockCipher"/>. The processor's instructions take the same time for every key and every block; of the
/// operating system's library that holds where it uses such instructions too. The key is zeroed on dispose, and the cipher refuses to go on.
/// </remarks>
internal abstract class BlockCipher : IDisposable
{
    /// <summary>The number of bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>The number of bytes of a block.</summary>
    public const int BlockLength = 16;

    private bool _isDisposed;

    /// <summary>Refuses a key of another length.</summary>
    protected BlockCipher(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength)
        {
            throw new ArgumentException($"A key of the cipher has {KeyLength} bytes.", nameof(key));
        }
    }

    /// <summary>Creates the fastest cipher on this machine.</summary>
    /// <param name="key">The key, of which the cipher keeps a copy.</param>
    public static BlockCipher Create(ReadOnlySpan<byte> key)
        => Aes.IsSupported && Sse2.IsSupported ? new ProcessorBlockCipher(key) : new LibraryBlockCipher(key);

    /// <summary>Encrypts the first bytes in place, which are whole blocks.</summary>
    /// <exception cref="ArgumentException">The length is no multiple of <see cref="BlockLength"/>.</exception>
    /// <exception cref="ObjectDisposedException">The cipher was disposed.</exception>
    public void Encrypt(AlignedArray<byte> bytes, int length)
    {
        Check(length);
        EncryptCore(bytes, length);
        GC.KeepAlive(this); // A finalizer zeroes the key.
    }

    /// <summary>Fills the first bytes with encrypted blocks: 8 bytes counter and 8 bytes label, the lowest byte first.</summary>
    /// <inheritdoc cref="Encrypt"/>
    public void EncryptCounters(AlignedArray<byte> bytes, int length, ulong first, ulong label)
    {
        Check(length);
        EncryptCountersCore(bytes, length, first, label);
        GC.KeepAlive(this);
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        ZeroKey();
        GC.SuppressFinalize(this);
    }

    protected abstract void EncryptCore(AlignedArray<byte> bytes, int length);

    protected abstract void EncryptCountersCore(AlignedArray<byte> bytes, int length, ulong first, ulong label);

    /// <summary>Zeroes the key, which may have been zeroed before.</summary>
    protected abstract void ZeroKey();

    /// <summary>Refuses what would leave bytes in clear, or encrypt them under a key of zeros.</summary>
    private void Check(int length)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (length % BlockLength != 0)
        {
            throw new ArgumentException($"Whole blocks of {BlockLength} bytes are encrypted.", nameof(length));
        }
    }
}
