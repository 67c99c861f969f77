using System.Buffers.Binary;
using System.Security.Cryptography;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Tests.Random;

public sealed class SeedExpanderTests
{
    private const ulong Prime = 0x3ffffffffc001;

    [Fact]
    public void Expand_KnownSeed_FollowsTheDocumentedCounterBlocks()
    {
        byte[] seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        ulong[] expanded = Expand(seed, ciphertext: 7, limb: 2, Prime, count: 1000);

        // The same by hand, block by block, from the text of docs/wire-format.md.
        using var aes = Aes.Create();
        aes.Key = seed;
        var expected = new List<ulong>();
        var counter = new byte[16];
        for (ulong block = 0; expected.Count < 1000; block++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(counter, block);
            BinaryPrimitives.WriteInt32LittleEndian(counter.AsSpan(8), 7);
            BinaryPrimitives.WriteUInt16LittleEndian(counter.AsSpan(12), 2);
            BinaryPrimitives.WriteUInt16LittleEndian(counter.AsSpan(14), 1);
            byte[] output = aes.EncryptEcb(counter, PaddingMode.None);
            foreach (int offset in (int[])[0, 8])
            {
                ulong word = BinaryPrimitives.ReadUInt64LittleEndian(output.AsSpan(offset)) & ((1UL << 50) - 1);
                if (word < Prime)
                {
                    expected.Add(word);
                }
            }
        }

        expanded.Should().Equal(expected.Take(1000));
    }

    [Fact]
    public void Expand_OtherCiphertextLimbOrSeed_GivesAnUnrelatedPolynomial()
    {
        var seed = new byte[32];
        ulong[] reference = Expand(seed, 0, 0, Prime, 4096);
        ulong[][] others =
        [
            Expand(seed, 1, 0, Prime, 4096),
            Expand(seed, 0, 1, Prime, 4096),
            Expand([.. Enumerable.Repeat((byte)1, 32)], 0, 0, Prime, 4096),
        ];
        foreach (ulong[] other in others)
        {
            other.Intersect(reference).Count().Should().BeLessThan(3);
        }
    }

    [Fact]
    public void Expand_ModulusJustAboveAPowerOfTwo_StaysUniformDespiteManyRejections()
    {
        // Half of the masked words are rejected for a modulus just above 2^25.
        const ulong Modulus = (1UL << 25) + 9;
        ulong[] expanded = Expand(new byte[32], 0, 0, Modulus, 1 << 16);
        expanded.Should().OnlyContain(value => value < Modulus);
        double mean = expanded.Average(value => (double)value) / Modulus;
        mean.Should().BeApproximately(0.5, 5 / Math.Sqrt(12.0 * (1 << 16)));
    }

    [Theory]
    [InlineData(Prime)]
    [InlineData((1UL << 25) + 9)]
    public void ExpandAndAdd_AnyModulus_IsExpansionAndThenAddition(ulong modulus)
    {
        var seed = new byte[32];
        ulong[] addend = Expand(seed, 3, 0, modulus, 4096);
        ulong[] expected = Expand(seed, 4, 1, modulus, 4096);
        PolynomialKernel.Default.Add(expected, addend, modulus);
        using var expander = new SeedExpander(Seed.Read(seed));
        foreach (int scratch in (int[])[4096, 512])
        {
            var sum = new ulong[4096];
            expander.ExpandAndAdd(4, 1, modulus, new CipherBlocks(scratch), addend, sum);
            sum.Should().Equal(expected);
        }
    }

    private static ulong[] Expand(byte[] seed, int ciphertext, int limb, ulong modulus, int count)
    {
        using var expander = new SeedExpander(Seed.Read(seed));
        var destination = new ulong[count];
        expander.Expand(ciphertext, limb, modulus, new CipherBlocks(Math.Min(count, 512)), destination);
        return destination;
    }
}
