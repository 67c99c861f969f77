using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Block ciphers of every implementation that this machine has are the AES-256 of the framework.</summary>
public sealed class BlockCipherTests
{
    private const int MostBlocks = 40;

    private static readonly Func<byte[], BlockCipher>[] Implementations =
        [static key => BlockCipher.Create(key), static key => new LibraryBlockCipher(key)];

    [Fact]
    public void Encrypt_OfTheExampleOfTheStandard_GivesItsCiphertext()
    {
        // FIPS 197, appendix C.3.
        byte[] key = Convert.FromHexString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        foreach (Func<byte[], BlockCipher> create in Implementations)
        {
            var bytes = new AlignedArray<byte>(Convert.FromHexString("00112233445566778899aabbccddeeff"));
            using BlockCipher cipher = create(key);
            cipher.Encrypt(bytes, BlockCipher.BlockLength);
            Convert.ToHexStringLower(bytes.Span).Should().Be("8ea2b7ca516745bfeafc49904b496089");
        }
    }

    [Fact]
    public void Encrypt_OfAnyNumberOfBlocks_IsTheCipherOfTheFramework()
    {
        var random = new System.Random(3);
        for (int blocks = 0; blocks <= MostBlocks; blocks++)
        {
            (byte[] key, byte[] plaintext) = (new byte[BlockCipher.KeyLength], new byte[blocks * BlockCipher.BlockLength]);
            random.NextBytes(key);
            random.NextBytes(plaintext);
            ShouldGive(Framework(key, plaintext), blocks, key, (cipher, bytes) =>
            {
                plaintext.CopyTo(bytes.Span);
                cipher.Encrypt(bytes, plaintext.Length);
            });
        }
    }

    [Theory]
    [InlineData(0UL, 0UL)]
    [InlineData(uint.MaxValue - 3UL, ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 4, 0x0123_4567_89AB_CDEFUL)]
    public void EncryptCounters_OfAnyNumberOfBlocks_EncryptsCountersAndLabel(ulong first, ulong label)
    {
        var random = new System.Random(4);
        for (int blocks = 0; blocks <= MostBlocks; blocks++)
        {
            byte[] key = new byte[BlockCipher.KeyLength];
            random.NextBytes(key);
            byte[] plaintext = [.. Enumerable.Range(0, blocks).SelectMany(
                i => (byte[])[.. BitConverter.GetBytes(unchecked(first + (ulong)i)), .. BitConverter.GetBytes(label)])];
            ShouldGive(Framework(key, plaintext), blocks, key, (cipher, bytes) => cipher.EncryptCounters(bytes, plaintext.Length, first, label));
        }
    }

    [Fact]
    public void Encrypt_AfterDispose_IsRefused()
    {
        // Guard: without it the processor would go on under a key of zeros, which everybody knows.
        var bytes = new AlignedArray<byte>(BlockCipher.BlockLength);
        foreach (Func<byte[], BlockCipher> create in Implementations)
        {
            BlockCipher cipher = create(new byte[BlockCipher.KeyLength]);
            cipher.Dispose();
            cipher.Dispose();
            cipher.Invoking(one => one.Encrypt(bytes, BlockCipher.BlockLength)).Should().Throw<ObjectDisposedException>();
            cipher.Invoking(one => one.EncryptCounters(bytes, BlockCipher.BlockLength, 0, 0)).Should().Throw<ObjectDisposedException>();
        }
    }

    [Fact]
    public void Encrypt_OfAPartOfABlock_IsRefused()
    {
        // Guard: a rest would stay in clear.
        var bytes = new AlignedArray<byte>(2 * BlockCipher.BlockLength);
        foreach (Func<byte[], BlockCipher> create in Implementations)
        {
            using BlockCipher cipher = create(new byte[BlockCipher.KeyLength]);
            foreach (int length in (int[])[1, 8, BlockCipher.BlockLength - 1, BlockCipher.BlockLength + 8])
            {
                cipher.Invoking(one => one.Encrypt(bytes, length)).Should().Throw<ArgumentException>();
                cipher.Invoking(one => one.EncryptCounters(bytes, length, 0, 0)).Should().Throw<ArgumentException>();
            }
        }
    }

    [Fact]
    public void Create_OfAKeyOfAnotherLength_IsRefused()
    {
        foreach (Func<byte[], BlockCipher> create in Implementations)
        {
            foreach (int length in (int[])[0, 16, 24, BlockCipher.KeyLength - 1, BlockCipher.KeyLength + 1])
            {
                create.Invoking(one => one(new byte[length])).Should().Throw<ArgumentException>();
            }
        }
    }

    [Fact]
    public void Dispose_OfAKeyInOurMemory_LeavesZeros()
    {
        var cipher = BlockCipher.Create(Enumerable.Repeat((byte)7, BlockCipher.KeyLength).ToArray());
        if (cipher is ProcessorBlockCipher own)
        {
            byte[] keys = RoundKeysOf(own);
            keys.Should().Contain(value => value != 0);
            cipher.Dispose();
            keys.Should().OnlyContain(value => value == 0);
        }

        cipher.Dispose();
    }

    [Fact]
    public void Key_OfACipherThatNobodyDisposes_IsZeroedWithIt()
    {
        if (RoundKeysOfALostCipher() is byte[] keys)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            keys.Should().OnlyContain(value => value == 0);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[]? RoundKeysOfALostCipher()
        => BlockCipher.Create(Enumerable.Repeat((byte)7, BlockCipher.KeyLength).ToArray()) is ProcessorBlockCipher own ? RoundKeysOf(own) : null;

    private static byte[] RoundKeysOf(ProcessorBlockCipher cipher)
        => (byte[])typeof(ProcessorBlockCipher).GetField("_roundKeys", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(cipher)!;

    private static byte[] Framework(byte[] key, byte[] plaintext)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        return aes.EncryptEcb(plaintext, PaddingMode.None);
    }

    /// <summary>Holds every implementation to the ciphertext, and to the bytes behind it, which stay as they are.</summary>
    private static void ShouldGive(byte[] expected, int blocks, byte[] key, Action<BlockCipher, AlignedArray<byte>> encrypt)
    {
        foreach (Func<byte[], BlockCipher> create in Implementations)
        {
            var bytes = new AlignedArray<byte>((blocks + 1) * BlockCipher.BlockLength);
            bytes.Span.Fill(0xAB);
            using BlockCipher cipher = create(key);
            encrypt(cipher, bytes);
            bytes.Span[..expected.Length].ToArray().Should().Equal(expected, "{0}, {1} blocks", cipher.GetType().Name, blocks);
            bytes.Span[expected.Length..].ToArray().Should().OnlyContain(value => value == 0xAB);
        }
    }
}
