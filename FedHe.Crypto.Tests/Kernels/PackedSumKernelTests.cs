using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class PackedSumKernelTests
{
    private static readonly int[] Counts = [8, 16, 72, 2048];

    [Fact]
    public void Accumulate_AgreesForEveryWidth()
    {
        for (int width = 1; width <= BitPackingKernel.MaxWidth; width++)
        {
            foreach (int count in Counts)
            {
                (byte[] packed, _) = PackedValues.Draw(count, width, seed: width);
                SupportedWidths.AllAgree(lanes =>
                {
                    ulong[] sums = [.. Enumerable.Range(0, count).Select(i => (ulong)i << 40)];
                    PackedSumKernel.Create(lanes).Accumulate(packed, width, offset: 77, sums);
                    return sums;
                });
            }
        }
    }

    [Fact]
    public void Accumulate_AddsValuesAndOffset()
    {
        (byte[] packed, ulong[] values) = PackedValues.Draw(count: 16, width: 26, seed: 5);
        var sums = new ulong[16];
        PackedSumKernel.Default.Accumulate(packed, 26, offset: 3, sums);
        PackedSumKernel.Default.Accumulate(packed, 26, offset: 0, sums);
        sums.Should().Equal(values.Select(value => (2 * value) + 3));
    }

    [Fact]
    public void TryRestore_AgreesForEveryWidth()
    {
        for (int width = 1; width <= 50; width++)
        {
            foreach (int count in Counts)
            {
                (byte[] packed, ulong[] values) = PackedValues.Draw(count, width, seed: width);
                ulong largest = values.Max();
                SupportedWidths.AllAgree(lanes => Restore(lanes, largest + 1));
                SupportedWidths.AllAgree(lanes => Restore(lanes, Math.Max(largest, 1)).Take(1).ToArray());
                Restore(Best, largest + 1).Should().Equal([1, .. values.Select(value => (value << 7) + 9)]);
                Restore(Best, Math.Max(largest, 1))[0].Should().Be(largest == 0 ? 1UL : 0UL, "one value reaches the limit");

                ulong[] Restore(LaneWidth lanes, ulong limit)
                {
                    var restored = new ulong[count];
                    bool isInRange = PackedSumKernel.Create(lanes).TryRestore(packed, width, limit, shift: 7, offset: 9, restored);
                    return [isInRange ? 1UL : 0UL, .. restored];
                }
            }
        }
    }

    [Theory]
    [InlineData(100, 10, 91, true)]
    [InlineData(100, 10, 90, false)]
    [InlineData(9, 10, 91, false)]
    public void TrySubtract_TellsWhetherAllAreInRange(ulong value, ulong least, ulong limit, bool expected)
    {
        foreach (int position in (int[])[0, 5, 16])
        {
            ulong[] values = [.. Enumerable.Repeat(least, 17)];
            values[position] = value;
            SupportedWidths.AllAgree(lanes =>
            {
                var results = new ulong[values.Length];
                bool isInRange = PackedSumKernel.Create(lanes).TrySubtract(values, least, limit, results);
                isInRange.Should().Be(expected);
                return results;
            });
        }
    }

    private static LaneWidth Best => LaneSupport.Best;
}
