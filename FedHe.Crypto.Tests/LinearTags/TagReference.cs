using System.Numerics;
using FedHe.Crypto.Kernels.Tags;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Tests.LinearTags;

/// <summary>Linear tags in big integers, term by term from the formulas, and the inputs that the tests share.</summary>
internal static class TagReference
{
    /// <summary>A prime of Microsoft SEAL with 60 bits, beyond lanes of doubles.</summary>
    public const long WidePrime = 1152921504606830593;

    public static byte[] GroupKey { get; } = [.. Enumerable.Range(0, TagKey.SizeInBytes).Select(i => (byte)i)];

    public static TagModulus Wide { get; } = new(WidePrime);

    public static byte[] Context(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    /// <summary>The hash of one point: sum of v_k * y^(R-1-r) * x^l, k = 512*r + l.</summary>
    public static ulong Hash(ReadOnlySpan<ulong> values, ulong x, ulong y, long prime)
    {
        int rows = (values.Length + 511) / 512;
        BigInteger sum = 0;
        for (int k = 0; k < values.Length; k++)
        {
            sum += values[k] * BigInteger.ModPow(y, rows - 1 - (k / 512), prime) * BigInteger.ModPow(x, k % 512, prime);
        }

        return (ulong)(sum % prime);
    }

    /// <summary>The residues of both hashes at secret points.</summary>
    public static (ulong First, ulong Second) Hash(ReadOnlySpan<ulong> values, SegmentPoints points)
    {
        var secret = new HashPoints(points.Secret.Span);
        long p = points.Modulus.Prime;
        return (Hash(values, secret.X(0, 0), secret.Y(0), p), Hash(values, secret.X(1, 0), secret.Y(1), p));
    }

    public static ulong[] Values(int seed, int count, long bound)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => (i % 7) switch
        {
            0 => (ulong)bound - 1,
            1 => 0UL,
            _ => (ulong)random.NextInt64(bound),
        })];
    }

    /// <summary>The hash of a content in one range.</summary>
    public static LinearHash HashOf(SegmentPoints points, ReadOnlySpan<ulong> values)
    {
        using var hasher = new LinearHasher();
        hasher.Begin(points);
        hasher.Append(values);
        return hasher.Complete();
    }

    public static void ShouldBe(LinearHash hash, (ulong First, ulong Second) expected, string because)
    {
        hash.Residues.First.Should().Be(expected.First, because);
        hash.Residues.Second.Should().Be(expected.Second, because);
    }
}
