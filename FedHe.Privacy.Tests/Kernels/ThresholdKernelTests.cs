using FedHe.Privacy.Kernels;

namespace FedHe.Privacy.Tests.Kernels;

/// <summary>The kernel against its specification, also where numbers tie with thresholds, which random numbers never do.</summary>
public sealed class ThresholdKernelTests
{
    private const int Seed = 7;

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(11, false)]
    [InlineData(12, true)]
    [InlineData(13, true)]
    [InlineData(100, true)]
    [InlineData(100, false)]
    public void Accumulate_OfTiesAndOthers_EqualsTheSpecification(int length, bool isSigned)
    {
        var random = new Random(Seed);
        var thresholds = new long[40];
        for (int j = 0; j < thresholds.Length; j += 2)
        {
            thresholds[j] = random.Next(3);
            thresholds[j + 1] = (random.Next(3) - 1L) << 62;
        }

        var high = new ulong[length];
        var low = new ulong[length];
        var kernel = new long[length];
        for (int i = 0; i < length; i++)
        {
            high[i] = (ulong)random.Next(8);
            low[i] = (ulong)((random.Next(3) - 1L) << 62);
            kernel[i] = random.Next();
        }

        long[] specification = [.. kernel];
        ThresholdKernel.Accumulate(high, low, thresholds, 5, isSigned, kernel);
        ThresholdSpecification.Accumulate(high, low, thresholds, 5, isSigned, specification);
        kernel.Should().Equal(specification, $"seed {Seed}");
    }

    [Fact]
    public void Accumulate_OfNumbersBesideAThreshold_CountsTheRightOnes()
    {
        const ulong Sign = 1UL << 63;
        long[] threshold = [10, unchecked((long)(100 ^ Sign))];
        ulong[] high = [9 << 1, 10 << 1, 10 << 1, 11 << 1];
        ulong[] low = [ulong.MaxValue ^ Sign, 99 ^ Sign, 100 ^ Sign, Sign];
        var counts = new long[4];
        ThresholdSpecification.Accumulate(high, low, threshold, 1, isSigned: false, counts);
        counts.Should().Equal(0, 0, 1, 1);
    }
}
