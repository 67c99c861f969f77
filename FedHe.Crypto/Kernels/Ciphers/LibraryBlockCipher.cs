using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.Kernels.Ciphers;

/// <summary>The library block cipher is the one of the operating system's cryptographic library.</summary>
internal sealed class LibraryBlockCipher : BlockCipher
{
    // Without a key of their own they make the ciphers of many keys, each for less than half of the memory.
    private static readonly ConcurrentPool<Aes> Makers = new(_ => CreateMaker());

    private readonly ICryptoTransform _cipher;

    public LibraryBlockCipher(ReadOnlySpan<byte> key)
        : base(key)
    {
        Aes maker = Makers.Rent();
        byte[] copy = SecretMemory.Allocate<byte>(KeyLength);
        try
        {
            key.CopyTo(copy);
            _cipher = maker.CreateEncryptor(copy, rgbIV: null);
        }
        finally
        {
            SecretMemory.Zero<byte>(copy);
            Makers.Return(maker);
        }
    }

    protected override void EncryptCore(AlignedArray<byte> bytes, int length)
    {
        // The library refuses to encrypt nothing.
        if (length > 0)
        {
            _cipher.TransformBlock(bytes.Storage, bytes.Start, length, bytes.Storage, bytes.Start);
        }
    }

    protected override void EncryptCountersCore(AlignedArray<byte> bytes, int length, ulong first, ulong label)
    {
        UniformKernel.Default.WriteCounters(MemoryMarshal.Cast<byte, ulong>(bytes.Span[..length]), first, label);
        EncryptCore(bytes, length);
    }

    protected override void ZeroKey() => _cipher.Dispose();

    private static Aes CreateMaker()
    {
        var aes = Aes.Create();
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        return aes;
    }
}
