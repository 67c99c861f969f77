using FedHe.Crypto.Kernels.BitPacking;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class HalfSumKernelTests
{
    private static readonly int[] Counts = [8, 16, 72, 2048];

    [Fact]
    public void Accumulate_AgreesForEveryWidth()
    {
        for (int width = 1; width <= HalfPackingKernel.MaxWidth; width++)
        {
            foreach (int count in Counts)
            {
                (byte[] packed, ulong[] values) = PackedValues.Draw(count, width, seed: width);
                SupportedWidths.AllAgree(lanes =>
                {
                    uint[] sums = [.. Enumerable.Range(0, count).Select(i => (uint)i << 20)];
                    HalfSumKernel.Create(lanes).Accumulate(packed, width, offset: 77, sums);
                    return sums;
                });
                var fresh = new uint[count];
                HalfSumKernel.Default.Accumulate(packed, width, offset: 3, fresh);
                fresh.Should().Equal(values.Select(value => (uint)(value + 3)), $"the width is {width}");
            }
        }
    }

    [Theory]
    [InlineData(100U, 10U, 91UL, true)]
    [InlineData(100U, 10U, 90UL, false)]
    [InlineData(9U, 10U, 91UL, false)]
    [InlineData(9U, 10U, 1UL << 32, false)]
    [InlineData(uint.MaxValue, 0U, 1UL << 32, true)]
    [InlineData(uint.MaxValue, 0U, uint.MaxValue, false)]
    [InlineData(0U, uint.MaxValue, 2UL, false)]
    public void TrySubtract_TellsWhetherAllAreInRange(uint value, uint least, ulong limit, bool expected)
    {
        foreach (int position in (int[])[0, 5, 16])
        {
            uint[] values = [.. Enumerable.Repeat(least, 17)];
            values[position] = value;
            SupportedWidths.AllAgree(lanes =>
            {
                var results = new uint[values.Length];
                bool isInRange = HalfSumKernel.Create(lanes).TrySubtract(values, least, limit, results);
                isInRange.Should().Be(expected);
                return results;
            });
        }
    }
}
