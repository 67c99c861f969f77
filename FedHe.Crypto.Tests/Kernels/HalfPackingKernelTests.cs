using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class HalfPackingKernelTests
{
    private static readonly int[] Counts = [8, 16, 24, 40, 64, 136, 2048];

    [Fact]
    public void Pack_OfEveryWidth_AgreesWithThePackingOfWords()
    {
        for (int width = 1; width <= HalfPackingKernel.MaxWidth; width++)
        {
            foreach (int count in Counts)
            {
                foreach (int dropped in (int[])[0, (32 - width) / 2, 32 - width])
                {
                    if (dropped > 31)
                    {
                        continue;
                    }

                    uint[] values = Values(count, width + dropped);
                    byte[] expected = PackedWords(values, width, dropped);
                    SupportedWidths.AllAgree<byte>(lanes =>
                    {
                        var packed = new byte[expected.Length];
                        packed.AsSpan().Fill(0xff);
                        HalfPackingKernel.Create(lanes).Pack(values, width, packed, dropped);
                        packed.Should().Equal(expected, "{0} bits, {1} dropped, {2} values, {3}", width, dropped, count, lanes);
                        return packed;
                    });
                }
            }
        }
    }

    [Fact]
    public void TryUnpack_OfEveryWidth_InvertsPacking()
    {
        for (int width = 1; width <= HalfPackingKernel.MaxWidth; width++)
        {
            foreach (int count in Counts)
            {
                uint[] values = Values(count, width);
                byte[] packed = PackedWords(values, width, dropped: 0);
                foreach (LaneWidth lanes in SupportedWidths.All)
                {
                    var unpacked = new uint[count];
                    HalfPackingKernel.Create(lanes).TryUnpack(packed, width, 1UL << width, unpacked).Should().BeTrue();
                    unpacked.Should().Equal(values, "{0} bits, {1} values, {2}", width, count, lanes);
                }
            }
        }
    }

    [Theory]
    [InlineData(10, 1000U)]
    [InlineData(31, 0x7ffe7001U)]
    [InlineData(32, uint.MaxValue)]
    public void TryUnpack_OneValueAtTheLimit_IsRefusedAtEveryPosition(int width, uint limit)
    {
        const int Count = 136;
        for (int position = 0; position < Count; position++)
        {
            uint[] values = [.. Enumerable.Range(0, Count).Select(i => i == position ? limit : limit - 1)];
            byte[] packed = PackedWords(values, width, dropped: 0);
            foreach (LaneWidth lanes in SupportedWidths.All)
            {
                var kernel = HalfPackingKernel.Create(lanes);
                kernel.TryUnpack(packed, width, limit, new uint[Count]).Should().BeFalse("{0}, at {1}", lanes, position);
                kernel.TryUnpack(packed, width, limit + 1UL, new uint[Count]).Should().BeTrue("{0}, at {1}", lanes, position);
                kernel.AreInRange(packed, Count, width, limit).Should().BeFalse("{0}, at {1}", lanes, position);
                kernel.AreInRange(packed, Count, width, limit + 1UL).Should().BeTrue("{0}, at {1}", lanes, position);
            }
        }
    }

    private static uint[] Values(int count, int bits)
    {
        var random = new System.Random(bits);
        uint largest = uint.MaxValue >> (32 - bits);
        return [.. Enumerable.Range(0, count).Select(i => i % 5 == 0 ? largest : i % 7 == 0 ? 0 : (uint)random.NextInt64(1L << bits))];
    }

    private static byte[] PackedWords(uint[] values, int width, int dropped)
    {
        var packed = new byte[BitPackingKernel.PackedLength(values.Length, width)];
        BitPackingKernel.Create(LaneWidth.Specification).Pack([.. values.Select(value => (ulong)value)], width, packed, dropped);
        return packed;
    }
}
