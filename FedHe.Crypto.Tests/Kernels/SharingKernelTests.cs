using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Sharing;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Every supported width of the sharing's arithmetic against the specification, bit for bit.</summary>
public sealed class SharingKernelTests
{
    private const int Seed = 1;
    private const ushort Largest = (ushort)(SharingKernel.Prime - 1);

    private static readonly int[] Lengths = [1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 1024 + 32 + 8 + 4 + 2 + 1];

    [Fact]
    public void Evaluate_OfEveryWidth_AgreesWithTheSpecification()
    {
        foreach (int length in Lengths)
        {
            foreach (int rows in (int[])[1, 2, 5])
            {
                foreach (int point in (int[])[1, 2, 7, SharingKernel.MaxPoint])
                {
                    SupportedWidths.AllAgree(width => Evaluate(width, Elements(rows * length), point, length));
                    SupportedWidths.AllAgree(width => Evaluate(width, Repeated(Largest, rows * length), point, length));
                }
            }
        }
    }

    [Fact]
    public void Evaluate_OfTheMostRows_AgreesWithBigIntegers()
    {
        const int Length = 40;
        const int Rows = SharingKernel.MaxPoint;
        foreach (ushort[] coefficients in (ushort[][])[Elements(Rows * Length), Repeated(Largest, Rows * Length)])
        {
            ushort[] expected = [.. Enumerable.Range(0, Length).Select(i => (ushort)Enumerable.Range(0, Rows).Aggregate(
                System.Numerics.BigInteger.Zero,
                (sum, row) => (sum + (coefficients[(row * Length) + i] * System.Numerics.BigInteger.Pow(SharingKernel.MaxPoint, row))) % SharingKernel.Prime))];
            foreach (LaneWidth width in SupportedWidths.All)
            {
                Evaluate(width, coefficients, SharingKernel.MaxPoint, Length).Should().Equal(expected, "{0}", width);
            }
        }
    }

    [Fact]
    public void MultiplyAddAndReduce_OfEveryWidth_AgreeWithTheSpecification()
    {
        foreach (int length in Lengths)
        {
            ushort[][] shares = [Elements(length), Repeated(Largest, length), Repeated(0, length), Elements(length, seed: 2)];
            SupportedWidths.AllAgree(width =>
            {
                var kernel = SharingKernel.Create(width);
                var sums = new uint[length];
                foreach (ushort[] share in shares)
                {
                    foreach (uint factor in (uint[])[0, 1, 2, 40_000, Largest])
                    {
                        kernel.MultiplyAdd(share, factor, sums);
                    }
                }

                var reduced = new ushort[length];
                kernel.Reduce(sums, reduced);
                return reduced;
            });
        }
    }

    [Fact]
    public void MultiplyAdd_TheMostTerms_StayInTheirRange()
    {
        // The product of 65,400 and 65,400 folds to 997,456, which is close to 2^20 = 1,048,576.
        foreach (uint factor in (uint[])[1, 65_400, Largest])
        {
            foreach (ushort element in (ushort[])[Largest, 65_400, 1])
            {
                ushort expected = (ushort)((ulong)element * factor % SharingKernel.Prime * SharingKernel.MaxTerms % SharingKernel.Prime);
                foreach (LaneWidth width in SupportedWidths.All)
                {
                    var kernel = SharingKernel.Create(width);
                    ushort[] elements = Repeated(element, 67);
                    var sums = new uint[elements.Length];
                    for (int i = 0; i < SharingKernel.MaxTerms; i++)
                    {
                        kernel.MultiplyAdd(elements, factor, sums);
                    }

                    var reduced = new ushort[elements.Length];
                    kernel.Reduce(sums, reduced);
                    reduced.Should().OnlyContain(value => value == expected, "{0}", width);
                }
            }
        }
    }

    [Fact]
    public void Reduce_AnySum_IsItsRemainder()
    {
        uint[] sums =
        [
            0, 1, SharingKernel.Prime - 1, SharingKernel.Prime, SharingKernel.Prime + 1, 65_535, 65_536, (1 << 20) - 1, 1 << 20, uint.MaxValue,
            uint.MaxValue - 15, 0xFFFF_0000, 2 * SharingKernel.Prime, (2 * SharingKernel.Prime) - 1, 0x000F_FFFF, 0xFFF0_FFFF,
        ];
        foreach (LaneWidth width in SupportedWidths.All)
        {
            foreach (uint sum in sums)
            {
                // Where a sum lies is the kernel's own, so all sums are one.
                var reduced = new ushort[67];
                SharingKernel.Create(width).Reduce([.. Enumerable.Repeat(sum, reduced.Length)], reduced);
                reduced.Should().OnlyContain(value => value == sum % SharingKernel.Prime, "{0}, {1}", width, sum);
            }
        }
    }

    [Fact]
    public void AreElements_OneNumberAbove_IsFoundAtEveryPositionAndWidth()
    {
        const int Count = 67;
        foreach (LaneWidth width in SupportedWidths.All)
        {
            var kernel = SharingKernel.Create(width);
            kernel.AreElements([]).Should().BeTrue();
            for (int position = 0; position < Count; position++)
            {
                ushort[] numbers = Repeated(Largest, Count);
                kernel.AreElements(numbers).Should().BeTrue();
                foreach (ushort above in (ushort[])[Largest + 1, ushort.MaxValue])
                {
                    numbers[position] = above;
                    kernel.AreElements(numbers).Should().BeFalse("{0}, {1} at {2}", width, above, position);
                }
            }
        }
    }

    [Fact]
    public void Compact_LeavesOutWhatIsNoElement_InOrder()
    {
        ushort[] numbers = [ushort.MaxValue, 5, Largest, Largest + 1, 0, 65_530];
        SharingKernel.Compact(numbers).Should().Be(3);
        numbers[..3].Should().Equal(5, Largest, 0);
    }

    private static ushort[] Evaluate(LaneWidth width, ushort[] coefficients, int point, int length)
    {
        var values = new ushort[length];
        SharingKernel.Create(width).Evaluate(coefficients, point, values);
        return values;
    }

    private static ushort[] Elements(int count, int seed = Seed)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (ushort)random.Next((int)SharingKernel.Prime))];
    }

    private static ushort[] Repeated(ushort element, int count) => [.. Enumerable.Repeat(element, count)];
}
