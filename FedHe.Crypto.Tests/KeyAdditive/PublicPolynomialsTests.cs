using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Ciphers;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Every party expands the same public polynomials; docs/wire-format.md says how.</summary>
public sealed class PublicPolynomialsTests
{
    private const int Degree = 2048;

    private static readonly Digest Seed = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    // The first prime is far below its power of two, so that every second number is replaced at least once.
    [Theory]
    [InlineData(0x1fff9001UL)]
    [InlineData(0x7ffe7001UL)]
    [InlineData(0x10020001UL)]
    [InlineData(0x3ffffffffc001UL)]
    public void Expand_FollowsTheDocumentedBlocks(ulong modulus)
    {
        foreach (int index in (int[])[0, 7, int.MaxValue])
        {
            Expand(Seed, modulus, index).Should().Equal(ByHand(Seed, modulus, index));
            if (modulus <= uint.MaxValue)
            {
                ExpandHalves(Seed, modulus, index).Should().Equal(ByHand(Seed, modulus, index));
            }
        }
    }

    [Fact]
    public void Expand_HasItsKnownAnswers()
    {
        ulong[] first = Expand(Seed, 0x7ffe7001, index: 0);
        ulong[] eighth = Expand(Seed, 0x7ffe7001, index: 7);
        Hash(first).Should().Be("ee15bfd45d59106593fbc338768300447d7525e193a4d487177606b1c70d070c");
        Hash(eighth).Should().Be("4bd504d3bb8356d057b7df176462924b168f6998db370ca8dc09c5e95e89d82b");
    }

    [Fact]
    public void Expand_IsUniformAndInRange()
    {
        const ulong Modulus = 0x10020001;
        var counts = new int[16];
        for (int index = 0; index < 64; index++)
        {
            foreach (ulong value in Expand(Seed, Modulus, index))
            {
                value.Should().BeLessThan(Modulus);
                counts[(int)(value * 16 / Modulus)]++;
            }
        }

        double expected = 64.0 * Degree / 16;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        chiSquare.Should().BeLessThan(45, "15 degrees of freedom exceed 45 with probability 10^-4");
    }

    [Fact]
    public void Expand_OfAnotherSeedOrIndex_IsUnrelated()
    {
        ulong[] reference = Expand(Seed, 0x3ffffffffc001, 0);
        Expand(Seed, 0x3ffffffffc001, 1).Intersect(reference).Count().Should().BeLessThan(3);
        Expand(Digest.Compute("other"u8), 0x3ffffffffc001, 0).Intersect(reference).Count().Should().BeLessThan(3);
    }

    private static ulong[] Expand(Digest seed, ulong modulus, int index)
    {
        using var polynomials = new PublicPolynomials(seed, modulus);
        var polynomial = new ulong[Degree];
        polynomials.Expand(index, new CipherBlocks(Degree), polynomial);
        return polynomial;
    }

    private static ulong[] ExpandHalves(Digest seed, ulong modulus, int index)
    {
        using var polynomials = new PublicPolynomials(seed, modulus);
        var polynomial = new uint[Degree];
        polynomials.Expand(index, new CipherBlocks(Degree), polynomial);
        return [.. polynomial.Select(value => (ulong)value)];
    }

    private static ulong[] ByHand(Digest seed, ulong modulus, int index)
    {
        int width = BitOperations.Log2(modulus) + 1;
        var key = new byte[32];
        seed.CopyTo(key);
        using var aes = Aes.Create();
        aes.Key = key;
        var stream = new List<byte>();
        for (ulong block = 0; stream.Count < Degree * width / 8; block++)
        {
            stream.AddRange(Block(block, retry: 0));
        }

        var coefficients = new ulong[Degree];
        for (int i = 0; i < Degree; i++)
        {
            for (int bit = 0; bit < width; bit++)
            {
                int position = (i * width) + bit;
                coefficients[i] |= (ulong)((stream[position / 8] >> (position % 8)) & 1) << bit;
            }

            for (ushort retry = 1; coefficients[i] >= modulus; retry++)
            {
                coefficients[i] = BinaryPrimitives.ReadUInt64LittleEndian(Block((ulong)i, retry)) & ((1UL << width) - 1);
            }
        }

        return coefficients;

        byte[] Block(ulong number, ushort retry)
        {
            var counter = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(counter, number);
            BinaryPrimitives.WriteInt32LittleEndian(counter.AsSpan(8), index);
            BinaryPrimitives.WriteUInt16LittleEndian(counter.AsSpan(12), retry);
            BinaryPrimitives.WriteUInt16LittleEndian(counter.AsSpan(14), 2);
            return aes.EncryptEcb(counter, PaddingMode.None);
        }
    }

    private static string Hash(ulong[] values)
    {
        var bytes = new byte[sizeof(ulong) * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(sizeof(ulong) * i), values[i]);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
