using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Key masks of both widths of words compute the same bytes and the same integers.</summary>
public sealed class KeyMaskTests
{
    private static readonly Digest Seed = Digest.Compute("key masks"u8);

    public static TheoryData<int, int, KeyAdditiveEncoding> Requirements => new()
    {
        { 2, 24, KeyAdditiveEncoding.FixedPoint },
        { 3, 24, KeyAdditiveEncoding.FixedPoint },
        { 10, 24, KeyAdditiveEncoding.FixedPoint },
        { 100, 8, KeyAdditiveEncoding.FixedPoint },
        { 3, 8, KeyAdditiveEncoding.ExactIntegers },
    };

    [Theory]
    [MemberData(nameof(Requirements))]
    public void Masks_OfBothWidths_Agree(int contributors, int precisionBits, KeyAdditiveEncoding encoding)
    {
        KeyAdditiveParameters parameters = Plan(contributors, precisionBits, encoding);
        HalfKeyMask.Fits(parameters).Should().BeTrue("otherwise nothing is compared");
        var ring = new KeyAdditiveRing(parameters, maxDegreeOfParallelism: 1);
        var random = new System.Random(contributors);
        long[] key = [.. Enumerable.Range(0, ring.Degree).Select(_ => (long)random.Next(-21 * contributors, (21 * contributors) + 1))];
        KeyMask words = new WordKeyMask(ring, key);
        KeyMask halves = KeyMask.Create(ring, key);
        halves.Should().BeOfType<HalfKeyMask>();
        using var polynomials = new PublicPolynomials(Seed, ring.Modulus);
        using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
        Span<long> message = workspace.Coefficients;
        Span<sbyte> error = workspace.Error;
        for (int i = 0; i < ring.Degree; i++)
        {
            message[i] = (i % 4) switch
            {
                0 => (long)ring.Modulus / 2,
                1 => -((long)ring.Modulus / 2),
                _ => random.NextInt64(-((long)ring.Modulus / 2), (long)ring.Modulus / 2),
            };
            error[i] = (sbyte)random.Next(-21, 22);
        }

        foreach (int index in (int[])[0, 1, int.MaxValue])
        {
            var expected = new byte[BitPackingKernel.PackedLength(ring.Degree, parameters.KeptBits)];
            words.Encrypt(polynomials, index, workspace, expected);
            var packed = new byte[expected.Length];
            halves.Encrypt(polynomials, index, workspace, packed);
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
                var opened = new double[ring.Degree];
                words.Decrypt(polynomials, index, workspace, new PackedSum(sum, range, uploads), opened);
                var openedInHalves = new double[ring.Degree];
                halves.Decrypt(polynomials, index, workspace, new PackedSum(sum, range, uploads), openedInHalves);
                openedInHalves.Should().Equal(opened);
            }
        }
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
            mask.Encrypt(polynomials, 0, workspace, packed);
            packed.Should().OnlyContain(value => value == 0, "a product with a key of zeros is zero, and so is the message");
        }
    }

    private static KeyAdditiveParameters Plan(int contributors, int precisionBits, KeyAdditiveEncoding encoding)
        => KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(contributors, precisionBits) { Encoding = encoding });
}
