using FedHe.Crypto.Kernels.BitPacking;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class BitPackingKernelTests
{
    [Fact]
    public void Unpack_OfPack_IsTheIdentity_ForEveryWidth()
    {
        var random = new System.Random(1);
        for (int width = 1; width <= 56; width++)
        {
            ulong limit = 1UL << width;
            foreach (int count in (int[])[1, 7, 8, 63, 1024])
            {
                ulong[] values = [.. Enumerable.Range(0, count).Select(i => i % 5 == 0 ? limit - 1 : (ulong)random.NextInt64((long)limit))];
                var packed = new byte[BitPackingKernel.PackedLength(count, width)];
                BitPackingKernel.Default.Pack(values, width, packed);
                var unpacked = new ulong[count];
                BitPackingKernel.Default.TryUnpack(packed, width, limit, unpacked).Should().BeTrue();
                unpacked.Should().Equal(values, "width {0}, count {1}", width, count);
            }
        }
    }

    [Fact]
    public void Pack_KnownValues_PutsTheLowestBitFirst()
    {
        var packed = new byte[2];
        BitPackingKernel.Default.Pack([0b101, 0b011, 0b110, 0b001], width: 3, packed);
        packed.Should().Equal(0b10_011_101, 0b0000_001_1);
    }

    [Theory]
    [InlineData(10, 1000, 1000)]
    [InlineData(10, 1000, 1023)]
    [InlineData(50, 0x3ffffffffc001, 0x3ffffffffc001)]
    public void Unpack_ValueAtOrAboveTheLimit_IsRefused(int width, ulong limit, ulong value)
    {
        var packed = new byte[BitPackingKernel.PackedLength(3, width)];
        BitPackingKernel.Default.Pack([0, value, limit - 1], width, packed);
        BitPackingKernel.Default.TryUnpack(packed, width, limit, new ulong[3]).Should().BeFalse();
    }

    [Fact]
    public void Unpack_StrayBitAfterTheLastValue_IsRefused()
        => BitPackingKernel.Default.TryUnpack([0b1000_0111], width: 3, modulus: 8, new ulong[1]).Should().BeFalse();

    [Fact]
    public void Unpack_WithDroppedBits_PutsTheMiddleInTheirPlace_WithinTheModulus()
    {
        const ulong Prime = 0x3ffffffffc001;
        ulong[] values = [.. Enumerable.Repeat(0UL, 30), 0, (1UL << 24) - 1, 1UL << 24, Prime - 1];
        var packed = new byte[BitPackingKernel.PackedLength(values.Length, 26)];
        BitPackingKernel.Default.Pack(values, 26, packed, dropped: 24);
        var restored = new ulong[values.Length];
        BitPackingKernel.Default.TryUnpack(packed, 26, Prime, restored, dropped: 24).Should().BeTrue();
        restored[30..].Should().Equal(1UL << 23, 1UL << 23, (1UL << 24) + (1UL << 23), Prime - (1UL << 24) + (1UL << 23) + 0x3fff);
    }
}
