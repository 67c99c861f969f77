using System.Reflection;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Tests.LinearTags;

public sealed class LinearHasherTests : IDisposable
{
    private readonly TagKey _key = new(TagReference.GroupKey);
    private readonly LinearHasher _hasher = new();

    public static TheoryData<long> Primes { get; } =
        [(1L << 50) - 27, TagReference.WidePrime, 0x3ffffffffc001, (1L << 50) + 55, (1L << 62) - 57, 1073741827];

    public void Dispose()
    {
        _hasher.Dispose();
        _key.Dispose();
    }

    [Theory]
    [MemberData(nameof(Primes))]
    public void Hash_OfAnyLength_AgreesWithBigIntegers(long prime)
    {
        var modulus = new TagModulus(prime);
        foreach (int length in (int[])[0, 1, 2, 511, 512, 513, 1024, 1500, 2048])
        {
            using SegmentPoints points = _key.DeriveSegmentPoints(TagReference.Context($"segment of {length}"), modulus);
            ulong[] values = TagReference.Values(seed: length, length, prime);

            LinearHash hash = TagReference.HashOf(points, values);

            hash.Length.Should().Be(length);
            TagReference.ShouldBe(hash, TagReference.Hash(values, points), $"seed {length}");
        }
    }

    [Theory]
    [MemberData(nameof(Primes))]
    public void Hash_OfAnySplit_IsTheSame(long prime)
    {
        var modulus = new TagModulus(prime);
        using SegmentPoints points = _key.DeriveSegmentPoints([1], modulus);
        ulong[] values = TagReference.Values(seed: 1, (20 * SegmentPoints.RowLength) + 77, prime);
        LinearHash expected = TagReference.HashOf(points, values);
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new System.Random(seed);
            _hasher.Begin(points);
            LinearHash whole = _hasher.Complete();
            for (int first = 0; first < values.Length;)
            {
                int rows = random.Next(1, 8);
                ReadOnlySpan<ulong> range = values.AsSpan(first, Math.Min(rows * SegmentPoints.RowLength, values.Length - first));
                first += range.Length;
                _hasher.Begin(points);
                while (!range.IsEmpty)
                {
                    int piece = Math.Min(random.Next(1, 1300), range.Length);
                    _hasher.Append(range[..piece]);
                    range = range[piece..];
                }

                whole = points.Concatenate(whole, _hasher.Complete());
            }

            whole.Length.Should().Be(values.Length);
            TagReference.ShouldBe(whole, (expected.Residues.First, expected.Residues.Second), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(49)]
    public void Append_WithDroppedBits_HashesTheUpperBits(int dropped)
    {
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagModulus.Default);
        ulong[] coefficients = TagReference.Values(seed: 3, 1111, TagModulus.Default.Prime);
        ulong[] upper = [.. coefficients.Select(value => value >> dropped)];

        _hasher.Begin(points);
        _hasher.Append(coefficients, dropped);

        TagReference.ShouldBe(_hasher.Complete(), TagReference.Hash(upper, points), "seed 3");
    }

    [Fact]
    public void TryAppend_OneValueAboveTheMaximum_AppendsNothing()
    {
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagModulus.Default);
        const ulong Maximum = 1000;
        ulong[] good = [.. Enumerable.Repeat(Maximum, 700)];
        foreach (ulong bad in (ulong[])[Maximum + 1, (ulong)TagModulus.Default.Prime + 5, 1UL << 63, ulong.MaxValue])
        {
            foreach (int position in (int[])[0, 8, 511, 512, 699])
            {
                ulong[] values = [.. good];
                values[position] = bad;
                _hasher.Begin(points);

                _hasher.TryAppend(values, Maximum).Should().BeFalse();
                _hasher.TryAppend(good, Maximum).Should().BeTrue();

                TagReference.ShouldBe(_hasher.Complete(), TagReference.Hash(good, points), "the refused values must leave no trace");
            }
        }
    }

    [Fact]
    public void TryAppend_SumPlusThePrime_IsRefusedThoughItsHashIsTheSame()
    {
        long p = TagModulus.Default.Prime;
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagModulus.Default);
        ulong[] values = TagReference.Values(seed: 4, 600, 1 << 20);
        ulong[] shifted = [.. values];
        shifted[555] += (ulong)p;

        // Without the range check the verifier would take one for the other.
        TagReference.Hash(shifted, points).Should().Be(TagReference.Hash(values, points));
        _hasher.Begin(points);
        _hasher.TryAppend(shifted, (ulong)p - 1).Should().BeFalse();
        _hasher.Invoking(hasher => hasher.TryAppend([1], (ulong)p)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Hash_WithZerosBehindOrRowsOfZerosInFront_IsTheSame()
    {
        // Why contexts must have the number of integers.
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagModulus.Default);
        ulong[] values = TagReference.Values(seed: 5, 600, 1 << 20);
        LinearHash hash = TagReference.HashOf(points, values);

        (ulong, ulong) expected = (hash.Residues.First, hash.Residues.Second);
        ulong[] rowInFront = [.. new ulong[SegmentPoints.RowLength], .. values];

        TagReference.ShouldBe(TagReference.HashOf(points, [.. values, 0]), expected, "zeros behind");
        TagReference.ShouldBe(TagReference.HashOf(points, rowInFront), expected, "zeros in front");
    }

    [Fact]
    public void Concatenate_AfterAShortRow_IsRefused()
    {
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagModulus.Default);
        LinearHash shortRow = TagReference.HashOf(points, [1, 2, 3]);

        points.Invoking(p => p.Concatenate(shortRow, shortRow)).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Hasher_WithoutPointsOrDisposed_RefusesEverything()
    {
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagModulus.Default);
        _hasher.Invoking(hasher => hasher.Append([1])).Should().Throw<InvalidOperationException>();
        _hasher.Invoking(hasher => hasher.TryAppend([1], 1)).Should().Throw<InvalidOperationException>();
        _hasher.Invoking(hasher => hasher.Complete()).Should().Throw<InvalidOperationException>();
        _hasher.Begin(points);
        _hasher.Invoking(hasher => hasher.Append([1], -1)).Should().Throw<ArgumentOutOfRangeException>();
        _hasher.Invoking(hasher => hasher.Append([1], 64)).Should().Throw<ArgumentOutOfRangeException>();
        _hasher.Complete();
        _hasher.Invoking(hasher => hasher.Complete()).Should().Throw<InvalidOperationException>();

        _hasher.Dispose();

        _hasher.Invoking(hasher => hasher.Begin(points)).Should().Throw<ObjectDisposedException>();
        _hasher.Invoking(hasher => hasher.Append([1])).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Hasher_CompletedForgottenOrDisposed_KeepsNoSecret()
    {
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagModulus.Default);
        using KeyPoints keyPoints = _key.DeriveKeyPoints([2], TagModulus.Default);
        _hasher.Begin(points);
        _hasher.Append([1, 2, 3]);
        MemoryOf(_hasher).Should().Contain(word => word != 0);
        _hasher.Complete();
        MemoryOf(_hasher).Should().OnlyContain(word => word == 0);

        keyPoints.Hash([1, 2, 3], bound: 21, _hasher);
        MemoryOf(_hasher).Should().OnlyContain(word => word == 0);

        _hasher.Begin(points);
        _hasher.Append([1, 2, 3]);
        _hasher.Begin(points);
        LinearHash empty = _hasher.Complete();
        TagReference.ShouldBe(empty, (0, 0), "the range before was forgotten");

        _hasher.Begin(points);
        _hasher.Append([1, 2, 3]);
        _hasher.Dispose();
        MemoryOf(_hasher).Should().OnlyContain(word => word == 0);
    }

    [Fact]
    public void Hasher_AfterItsConstruction_AllocatesNothing()
    {
        using SegmentPoints points = _key.DeriveSegmentPoints([2], TagModulus.Default);
        ulong[] values = TagReference.Values(seed: 6, 4096, 1 << 20);
        HashOnce();
        long before = GC.GetAllocatedBytesForCurrentThread();
        HashOnce();
        GC.GetAllocatedBytesForCurrentThread().Should().Be(before);

        LinearHash HashOnce()
        {
            _hasher.Begin(points);
            _hasher.Append(values, dropped: 3);
            LinearHash first = _hasher.Complete();
            _hasher.Begin(points);
            _hasher.TryAppend(values, 1 << 20);
            return points.Concatenate(first, _hasher.Complete());
        }
    }

    private static IEnumerable<ulong> MemoryOf(LinearHasher hasher)
        => typeof(LinearHasher).GetFields(BindingFlags.NonPublic | BindingFlags.Instance)
            .Select(field => field.GetValue(hasher)).OfType<AlignedArray<ulong>>().SelectMany(array => array.Span.ToArray());
}
