using System.Buffers.Binary;
using FedHe.Crypto.Kernels.Hashing;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class UniversalHashKernelTests
{
    [Fact]
    public void Hash_ByHand_IsTheSumOfTheProductsOfHalves()
    {
        byte[] key = Words(100 + (2UL << 32), 0, 0, 0, 0, 0, 0, 0, 5 + (7UL << 32), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
        byte[] message = Words(3 + (4UL << 32), 0, 0, 0, 0, 0, 0, 0, uint.MaxValue);
        var hash = new byte[UniversalHashKernel.HashLength];
        UniversalHashKernel.Default.Hash(message, key, hash);

        // The ninth word carries from its lower half in the first pass, and in the second as well.
        ulong first = (103 * 6) + (4 * 8);
        ulong second = (8 * 11) + 0;
        hash.Should().Equal(Words(first, second));
    }

    [Fact]
    public void Hash_OneByteChangedAnywhere_Changes()
    {
        var random = new System.Random(7);
        foreach (int length in (int[])[1, 9, 64, 100, 200])
        {
            var message = new byte[length];
            var key = new byte[UniversalHashKernel.KeyLength(length)];
            random.NextBytes(message);
            random.NextBytes(key);
            foreach (UniversalHashKernel kernel in SupportedWidths.All.Select(UniversalHashKernel.Create))
            {
                byte[] reference = Hash(kernel, message, key);
                for (int place = 0; place < length; place++)
                {
                    byte[] changed = [.. message];
                    changed[place] ^= 0x80;
                    Hash(kernel, changed, key).Should().NotEqual(reference, "byte {0} of {1} counts", place, length);
                }
            }
        }
    }

    /// <summary>
    /// Two messages agree in one pass for a key in 2^32, as they do here: the other pass must tell them apart.
    /// </summary>
    [Fact]
    public void Hash_OfMessagesThatAgreeInOnePass_DiffersInTheOther()
    {
        // x = 0 + (5 << 32) and x' = 1 + (0 << 32) have products of zero in the first pass.
        byte[] key = new byte[UniversalHashKernel.KeyLength(64)];
        key[64] = 9;
        key[68] = 11;
        byte[] first = Hash(UniversalHashKernel.Default, Words(5UL << 32), key);
        byte[] second = Hash(UniversalHashKernel.Default, Words(1), key);

        first[..8].Should().Equal(second[..8]);
        first.Should().NotEqual(second);
    }

    private static byte[] Hash(UniversalHashKernel kernel, byte[] message, byte[] key)
    {
        var hash = new byte[UniversalHashKernel.HashLength];
        kernel.Hash(message, key, hash);
        return hash;
    }

    private static byte[] Words(params ulong[] words)
    {
        var bytes = new byte[sizeof(ulong) * words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), words[i]);
        }

        return bytes;
    }
}
