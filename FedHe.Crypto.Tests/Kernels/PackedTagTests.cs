using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Tags;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Hashes of packed integers are the hashes of the integers, at every width of registers.</summary>
public sealed class PackedTagTests
{
    private static readonly BarrettModulus Modulus = new((1UL << 50) - 27);

    [Fact]
    public void TryMultiplyAdd_OfEveryWidth_AgreesWithIntegers()
    {
        for (int width = 1; width <= 48; width++)
        {
            foreach (int count in (int[])[8, 40, TagKernel.RowLength, TagKernel.RowLength + 8, 4 * TagKernel.RowLength, (5 * TagKernel.RowLength) + 504])
            {
                ulong offset = (ulong)width * 1_000_003;
                (byte[] packed, ulong[] values) = PackedValues.Draw(count, width, seed: width);
                ulong[] expected = Hash((kernel, points, sums)
                    => kernel.MultiplyAdd([.. values.Select(value => value + offset)], dropped: 0, column: 0, points, sums, Modulus), new TagSpecification());
                foreach (LaneWidth lanes in SupportedWidths.All)
                {
                    Hash(
                        (kernel, points, sums) => kernel.TryMultiplyAdd(packed, width, 1UL << width, offset, points, sums, Modulus).Should().BeTrue(),
                        TagKernel.Create(lanes)).Should().Equal(expected, "{0} bits, {1} values, {2}", width, count, lanes);
                }
            }
        }
    }

    [Fact]
    public void TryMultiplyAdd_OneValueAtTheLimit_IsRefusedAtEveryPosition()
    {
        const int Width = 28;
        const ulong Limit = 200_000_003;
        const int Count = (2 * TagKernel.RowLength) + 8;
        for (int position = 0; position < Count; position++)
        {
            ulong[] values = [.. Enumerable.Range(0, Count).Select(i => i == position ? Limit : Limit - 1)];
            byte[] packed = Pack(values, Width);
            foreach (LaneWidth lanes in SupportedWidths.All)
            {
                Hash((kernel, points, sums) => kernel.TryMultiplyAdd(packed, Width, Limit, 0, points, sums, Modulus).Should().BeFalse(), TagKernel.Create(lanes));
                Hash((kernel, points, sums) => kernel.TryMultiplyAdd(packed, Width, Limit + 1, 0, points, sums, Modulus).Should().BeTrue(), TagKernel.Create(lanes));
            }
        }
    }

    [Fact]
    public void TryMultiplyAdd_OfTheWidestValues_AgreesWithIntegers()
    {
        // Integers below p have at most 50 bits; packed ones may have two more, which are zeros.
        const int Count = (3 * TagKernel.RowLength) + 8;
        for (int width = 49; width <= TagKernel.MaxPackedWidth; width++)
        {
            ulong limit = (1UL << 49) - 21;
            ulong[] values = [.. Enumerable.Range(0, Count).Select(i => (ulong)i * 0x9E37_79B9_7F4A_7C15 % limit)];
            (values[0], values[^1]) = (limit - 1, limit - 1);
            byte[] packed = Pack(values, width);
            ulong[] refused = [.. values];
            refused[TagKernel.RowLength + 5] = limit;
            byte[] packedRefused = Pack(refused, width);
            ulong[] expected = Hash((kernel, points, sums) => kernel.MultiplyAdd(values, dropped: 0, column: 0, points, sums, Modulus), new TagSpecification());
            foreach (LaneWidth lanes in SupportedWidths.All)
            {
                Hash(
                    (kernel, points, sums) => kernel.TryMultiplyAdd(packed, width, limit, 0, points, sums, Modulus).Should().BeTrue(),
                    TagKernel.Create(lanes)).Should().Equal(expected, "{0} bits, {1}", width, lanes);
                Hash(
                    (kernel, points, sums) => kernel.TryMultiplyAdd(packedRefused, width, limit, 0, points, sums, Modulus).Should().BeFalse(),
                    TagKernel.Create(lanes));
            }
        }
    }

    [Fact]
    public void TryMultiplyAdd_OfMoreBitsThanADoubleHas_IsRefused()
    {
        // Guard: bit 52 would vanish in the exponent, and 2^52 + 1 would be taken for 1.
        int width = TagKernel.MaxPackedWidth + 1;
        byte[] packed = Pack([.. Enumerable.Repeat((1UL << TagKernel.MaxPackedWidth) + 1, 4 * TagKernel.RowLength)], width);
        foreach (LaneWidth lanes in SupportedWidths.All)
        {
            Hash(
                (kernel, points, sums) =>
                {
                    bool isRefused = false;
                    try
                    {
                        kernel.TryMultiplyAdd(packed, width, limit: 5, 0, points, sums, Modulus);
                    }
                    catch (ArgumentOutOfRangeException)
                    {
                        isRefused = true;
                    }

                    isRefused.Should().BeTrue("{0}", lanes);
                },
                TagKernel.Create(lanes));
        }
    }

    private static byte[] Pack(ulong[] values, int width)
    {
        byte[] packed = new byte[BitPackingKernel.PackedLength(values.Length, width)];
        BitPackingKernel.Default.Pack(values, width, packed);
        return packed;
    }

    private delegate void Work(TagKernel kernel, HashPoints points, Span<ulong> sums);

    private static ulong[] Hash(Work work, TagKernel kernel)
    {
        var words = new ulong[HashPoints.Length];
        HashPoints.Write(words, 0, 123_456_789_012_345, 987_654_321_098, Modulus);
        HashPoints.Write(words, 1, 3, Modulus.Prime - 2, Modulus);
        var sums = new ulong[TagKernel.AccumulatorLength];
        work(kernel, new HashPoints(words), sums);
        (ulong first, ulong second) = kernel.Fold(sums, new HashPoints(words), Modulus);
        return [first, second];
    }
}
