using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Tags;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Every supported width of the tags' hashes against the specification, bit for bit.</summary>
public sealed class TagKernelTests
{
    [Fact]
    public void TagKernel_OfEveryWidth_AgreesWithTheSpecification()
    {
        foreach (ulong prime in (ulong[])[.. KernelInputs.Primes, (1UL << 50) - 27])
        {
            foreach (ulong[] values in KernelInputs.Polynomials((5 * TagKernel.RowLength) + 8 + 4 + 2 + 1, prime))
            {
                (ulong, ulong)[] points =
                    [(values[0], values[^1]), (prime - 1, prime / 2), ((prime / 2) + 1, prime - 1), (0, 0), (1, 1)];
                foreach ((ulong x, ulong y) in points)
                {
                    SupportedWidths.AllAgree(width => Hash(TagKernel.Create(width), values, dropped: 0, column: 0, x, y, prime));
                }
            }
        }
    }

    [Fact]
    public void TagKernel_FromAnyColumnAndOfAnyLength_AgreesWithTheSpecification()
    {
        ulong prime = (1UL << 50) - 27;
        ulong[] values = KernelInputs.Polynomials(3 * TagKernel.RowLength, prime).First();
        foreach (int column in (int[])[0, 1, 7, 8, 300, TagKernel.RowLength - 9, TagKernel.RowLength - 1])
        {
            foreach (int length in (int[])[0, 1, 5, 8, 17, TagKernel.RowLength - column, TagKernel.RowLength, 1200])
            {
                SupportedWidths.AllAgree(width =>
                    Hash(TagKernel.Create(width), values.AsSpan(0, length), length % 40, column, values[1], values[2], prime));
            }
        }
    }

    [Fact]
    public void TagKernel_ManyRowsOfTheLargestResidues_StaysInItsLazyRange()
    {
        // The range of an accumulator is asserted in debug builds, and too large a range gives wrong residues in all builds.
        ulong prime = (1UL << 50) - 27;
        ulong[] values = [.. Enumerable.Repeat(prime - 1, 200 * TagKernel.RowLength)];
        SupportedWidths.AllAgree(width => Hash(TagKernel.Create(width), values, dropped: 0, column: 0, prime / 2, prime / 2, prime));
        SupportedWidths.AllAgree(width => Hash(TagKernel.Create(width), values, dropped: 0, column: 0, 3, (prime / 2) + 1, prime));
    }

    [Fact]
    public void AreAtMost_OneValueAbove_IsFoundAtEveryPositionAndWidth()
    {
        const int Count = 37;
        foreach (LaneWidth width in SupportedWidths.All)
        {
            var kernel = TagKernel.Create(width);
            for (int position = 0; position < Count; position++)
            {
                foreach (ulong maximum in (ulong[])[0, 1000, (1UL << 62) - 1])
                {
                    ulong[] values = [.. Enumerable.Repeat(maximum, Count)];
                    kernel.AreAtMost(values, maximum).Should().BeTrue();
                    foreach (ulong above in (ulong[])[maximum + 1, 1UL << 63, (1UL << 63) + maximum + 1, ulong.MaxValue])
                    {
                        values[position] = above;
                        kernel.AreAtMost(values, maximum).Should().BeFalse("{0}, {1} at {2}", width, above, position);
                    }
                }
            }
        }
    }

    private static ulong[] Hash(TagKernel kernel, ReadOnlySpan<ulong> values, int dropped, int column, ulong x, ulong y, ulong prime)
    {
        var modulus = new BarrettModulus(prime);
        var words = new ulong[HashPoints.Length];
        HashPoints.Write(words, 0, x, y, modulus);
        HashPoints.Write(words, 1, y, x, modulus);
        var points = new HashPoints(words);
        var sums = new ulong[TagKernel.AccumulatorLength];
        kernel.MultiplyAdd(values, dropped, column, points, sums, modulus);
        (ulong first, ulong second) = kernel.Fold(sums, points, modulus);
        return [first, second];
    }
}
