using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Key masks of both widths of words compute the same bytes and the same integers.</summary>
public sealed class KeyMaskTests
{
    private static readonly Digest Seed = Digest.Compute("key masks"u8);

    public static TheoryData<int, int> Requirements => new()
    {
        { 2, 24 },
        { 3, 24 },
        { 10, 24 },
        { 100, 8 },
    };

    [Theory]
    [MemberData(nameof(Requirements))]
    public void Masks_OfBothWidths_Agree(int contributors, int precisionBits)
    {
        KeyAdditiveParameters parameters = Plan(contributors, precisionBits, KeyAdditiveEncoding.FixedPoint);
        HalfKeyMask.Fits(parameters).Should().BeTrue("otherwise nothing is compared");
        var ring = new KeyAdditiveRing(parameters, maxDegreeOfParallelism: 1);
        var random = new System.Random(contributors);
        long[] key = [.. Enumerable.Range(0, ring.Degree).Select(_ => (long)random.Next(-21 * contributors, (21 * contributors) + 1))];
        KeyMask words = new WordKeyMask(ring, key);
        KeyMask halves = KeyMask.Create(ring, key);
        halves.Should().BeOfType<HalfKeyMask>();
        using var polynomials = new PublicPolynomials(Seed, ring.Modulus);
        using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
        double largest = Math.BitDecrement(1.0);
        double[] values = [.. Enumerable.Range(0, ring.Degree).Select(i => (i % 4) switch
        {
            0 => largest,
            1 => -largest,
            _ => (2 * random.NextDouble()) - 1,
        })];
        Span<sbyte> error = workspace.Error;
        for (int i = 0; i < ring.Degree; i++)
        {
            error[i] = (sbyte)random.Next(-21, 22);
        }

        foreach (int index in (int[])[0, 1, int.MaxValue])
        {
            var expected = new byte[BitPackingKernel.PackedLength(ring.Degree, parameters.KeptBits)];
            words.Encrypt(polynomials, index, values, workspace, expected);
            var packed = new byte[expected.Length];
            halves.Encrypt(polynomials, index, values, workspace, packed);
            packed.Should().Equal(expected);
            foreach (int uploads in (int[])[2, contributors])
            {
                SumRange full = SumRange.Full(parameters, uploads);
                AssertOpensAlike(full with { Least = 0 }, uploads);
                AssertOpensAlike(SumRange.Window(parameters, uploads) ?? new SumRange(full.Count / 3, full.Count / 3), uploads);
            }

            void AssertOpensAlike(SumRange range, int uploads)
            {
                ulong[] codes = [.. Enumerable.Range(0, ring.Degree).Select(i => (i % 3) switch
                {
                    0 => range.Count - 1,
                    1 => 0UL,
                    _ => (ulong)random.NextInt64((long)range.Count),
                })];
                var sum = new byte[BitPackingKernel.PackedLength(ring.Degree, range.Width)];
                BitPackingKernel.Default.Pack(codes, range.Width, sum);
                foreach (int length in (int[])[ring.Degree, 37])
                {
                    var opened = new double[length];
                    words.TryDecrypt(polynomials, index, new PackedSum(sum, range, uploads), workspace, opened).Should().BeTrue();
                    var openedInHalves = new double[length];
                    halves.TryDecrypt(polynomials, index, new PackedSum(sum, range, uploads), workspace, openedInHalves).Should().BeTrue();
                    openedInHalves.Should().Equal(opened);
                }
            }
        }
    }

    [Fact]
    public void Create_OfNumbersBeyondHalves_ComputesOnWords()
    {
        foreach (KeyAdditiveParameters parameters in (KeyAdditiveParameters[])
            [
                Plan(1000, 24, KeyAdditiveEncoding.FixedPoint),
                Plan(3, 8, KeyAdditiveEncoding.ExactIntegers),
            ])
        {
            var ring = new KeyAdditiveRing(parameters, maxDegreeOfParallelism: 1);
            KeyMask.Create(ring, new long[ring.Degree]).Should().BeOfType<WordKeyMask>();
        }
    }

    [Fact]
    public void Fits_BothBoundsAreNecessary()
    {
        // Sums of 2^16 uploads of 17 bits are just too long, and a modulus of 32 bits is, too.
        KeyAdditiveParameters? wideSums = Find(modulusBits: 31, keptBits: 17, maxContributors: 1 << 16);
        KeyAdditiveParameters? narrowSums = Find(modulusBits: 31, keptBits: 16, maxContributors: 1 << 16);
        KeyAdditiveParameters? wideModulus = Find(modulusBits: 32, keptBits: 24, maxContributors: 3);
        KeyAdditiveParameters? narrowModulus = Find(modulusBits: 31, keptBits: 24, maxContributors: 3);
        HalfKeyMask.Fits(wideSums!).Should().BeFalse();
        HalfKeyMask.Fits(narrowSums!).Should().BeTrue();
        HalfKeyMask.Fits(wideModulus!).Should().BeFalse();
        HalfKeyMask.Fits(narrowModulus!).Should().BeTrue();

        static KeyAdditiveParameters? Find(int modulusBits, int keptBits, int maxContributors)
            => KeyAdditiveParameters.FixedPoint(
                degree: 2048, RingPrimes.LargestFirst(2048, modulusBits).First(), keptBits, maxContributors);
    }

    [Fact]
    public void Zero_LeavesNothingOfTheKey()
    {
        KeyAdditiveParameters parameters = Plan(3, 24, KeyAdditiveEncoding.FixedPoint);
        var ring = new KeyAdditiveRing(parameters, maxDegreeOfParallelism: 1);
        long[] key = [.. Enumerable.Range(0, ring.Degree).Select(i => (long)(i % 43) - 21)];
        foreach (KeyMask mask in (KeyMask[])[new WordKeyMask(ring, key), KeyMask.Create(ring, key)])
        {
            mask.Zero();
            using var polynomials = new PublicPolynomials(Seed, ring.Modulus);
            using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
            var packed = new byte[BitPackingKernel.PackedLength(ring.Degree, parameters.KeptBits)];
            mask.Encrypt(polynomials, 0, new double[ring.Degree], workspace, packed);
            packed.Should().OnlyContain(value => value == 0, "a product with a key of zeros is zero, and so is the message");
        }
    }

    private static KeyAdditiveParameters Plan(int contributors, int precisionBits, KeyAdditiveEncoding encoding)
        => KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(contributors, precisionBits) { Encoding = encoding });
}
