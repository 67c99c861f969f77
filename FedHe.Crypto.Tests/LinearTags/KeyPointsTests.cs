using System.Numerics;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Random;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.LinearTags;

public sealed class KeyPointsTests : IDisposable
{
    private const int Bound = NoiseKernel.BinomialMax;

    private readonly TagKey _key = new(TagReference.GroupKey);
    private readonly LinearHasher _hasher = new();

    public void Dispose()
    {
        _hasher.Dispose();
        _key.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(512)]
    [InlineData(700)]
    [InlineData(2048)]
    public void Hash_OfAnyLength_AgreesWithBigIntegers(int length)
    {
        foreach (TagModulus modulus in (TagModulus[])[TagModulus.Default, TagReference.Wide])
        {
            using KeyPoints points = _key.DeriveKeyPoints([1], modulus);
            sbyte[] key = KeyOf(seed: length, length);

            LinearHash hash = points.Hash(key, Bound, _hasher);

            hash.Length.Should().Be(length);
            TagReference.ShouldBe(hash, Reference(_key, [1], key, modulus), $"seed {length}");
        }
    }

    [Fact]
    public void TryHashSum_OfSeveralKeys_IsTheSumOfTheirHashes()
    {
        const int Contributors = 5;
        TagModulus modulus = TagModulus.Default;
        using KeyPoints points = _key.DeriveKeyPoints([1], modulus);
        var sum = new int[4096];
        var hashes = new ResiduePair(0, 0);
        for (int client = 0; client < Contributors; client++)
        {
            sbyte[] key = KeyOf(seed: client, sum.Length);
            key[7] = -Bound;
            key[8] = Bound;
            hashes = ResiduePair.Add(hashes, points.Hash(key, Bound, _hasher).Residues, modulus.Arithmetic);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += key[i];
            }
        }

        points.TryHashSum(sum, Bound, Contributors, _hasher, out LinearHash hash).Should().BeTrue();
        TagReference.ShouldBe(hash, (hashes.First, hashes.Second), "seeds 0 to 4");
    }

    [Theory]
    [InlineData((5 * 21) + 1)]
    [InlineData((-5 * 21) - 1)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void TryHashSum_OneIntegerOutsideTheBound_IsRefused(int value)
    {
        using KeyPoints points = _key.DeriveKeyPoints([1], TagModulus.Default);
        var sum = new int[600];
        sum[555] = value;

        points.TryHashSum(sum, Bound, contributors: 5, _hasher, out LinearHash hash).Should().BeFalse();
        hash.Length.Should().Be(0);
    }

    [Fact]
    public void Hash_OfIntegersOrBoundsOutOfRange_IsRefused()
    {
        using KeyPoints points = _key.DeriveKeyPoints([1], TagModulus.Default);
        points.Invoking(p => p.Hash([0, 22], Bound, _hasher)).Should().Throw<ArgumentException>()
            .Which.Message.Should().NotMatchRegex("[0-9]");
        points.Invoking(p => p.Hash([-22, 0], Bound, _hasher)).Should().Throw<ArgumentException>();
        points.Invoking(p => p.Hash([-128, 127], int.MaxValue, _hasher)).Should().NotThrow();
        points.Invoking(p => p.Hash([0], -1, _hasher)).Should().Throw<ArgumentOutOfRangeException>();
        points.Invoking(p => p.TryHashSum([0], -1, 1, _hasher, out _)).Should().Throw<ArgumentOutOfRangeException>();
        points.Invoking(p => p.TryHashSum([0], 21, 0, _hasher, out _)).Should().Throw<ArgumentOutOfRangeException>();
        using KeyPoints narrow = _key.DeriveKeyPoints([1], new TagModulus(1073741827));
        narrow.Invoking(p => p.Hash([0], 1 << 29, _hasher)).Should().NotThrow();
        narrow.Invoking(p => p.Hash([0], (1 << 29) + 2, _hasher)).Should().Throw<ArgumentOutOfRangeException>();
        points.Invoking(p => p.TryHashSum([0], 1 << 16, 1 << 16, _hasher, out _)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Points_OfASegmentAndAKeyInOneContext_Differ()
    {
        using KeyPoints key = _key.DeriveKeyPoints([1], TagModulus.Default);
        using SegmentPoints segment = _key.DeriveSegmentPoints([1], TagModulus.Default);
        ulong ofSegment = TagReference.HashOf(segment, [0, 1]).Residues.First;

        key.Hash([0, 1], 0 + 1, _hasher).Residues.First.Should().NotBe(ofSegment);
        (ulong x, _) = Reference(_key, [1], [-1, 0], TagModulus.Default, bound: 1);
        x.Should().NotBe(ofSegment);
    }

    private static sbyte[] KeyOf(int seed, int length)
    {
        var key = new sbyte[length];
        new SecretSampler(new DeterministicRandomSource(seed)).Error(key);
        return key;
    }

    /// <summary>The formula term by term, with z taken as the hash of the polynomial X.</summary>
    private static (ulong First, ulong Second) Reference(TagKey tagKey, byte[] context, sbyte[] key, TagModulus modulus, int bound = Bound)
    {
        using KeyPoints points = tagKey.DeriveKeyPoints(context, modulus);
        using var hasher = new LinearHasher();
        ResiduePair z = points.Hash([-1, 0], 1, hasher).Residues;
        return (Of(z.First), Of(z.Second));

        ulong Of(ulong point)
        {
            BigInteger sum = 0;
            for (int k = 0; k < key.Length; k++)
            {
                sum += (key[k] + bound) * BigInteger.ModPow(point, k, modulus.Prime);
            }

            return (ulong)(sum % modulus.Prime);
        }
    }
}
