using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class ValueKernelTests
{
    private const int Length = 67;

    [Fact]
    public void AreWithin_EveryValueWithin_IsTrueForBothPrecisions()
    {
        ValueKernel.AreWithin<double>([.. Enumerable.Range(0, Length).Select(i => (i % 3) - 1.0)], 1).Should().BeTrue();
        ValueKernel.AreWithin<float>([.. Enumerable.Range(0, Length).Select(i => (i % 3) - 1f)], 1).Should().BeTrue();
    }

    [Theory]
    [InlineData(1.001f)]
    [InlineData(-1.001f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void AreWithin_OneValueOutside_IsFalseAtEveryPosition(float outside)
    {
        for (int position = 0; position < Length; position++)
        {
            var single = new float[Length];
            var wide = new double[Length];
            wide[position] = single[position] = outside;
            ValueKernel.AreWithin<float>(single, 1).Should().BeFalse();
            ValueKernel.AreWithin<double>(wide, 1).Should().BeFalse();
        }
    }

    [Fact]
    public void AreWithin_OfAnyLength_AgreesInRegistersOfEachWidth()
    {
        // Four ranges of whole registers, and a rest: one value outside, at every place.
        for (int length = 0; length <= (4 * 16) + 3; length++)
        {
            for (int position = -1; position < length; position++)
            {
                (float[] singles, double[] doubles) = (new float[length], new double[length]);
                if (position >= 0)
                {
                    (singles[position], doubles[position]) = (-1.5f, double.NaN);
                }

                ValueKernel.AreWithinOfVector512<float>(singles, 1).Should().Be(position < 0);
                ValueKernel.AreWithinOfVector512<double>(doubles, 1).Should().Be(position < 0);
                ValueKernel.AreWithinOfVector<float>(singles, 1).Should().Be(position < 0);
                ValueKernel.AreWithinOfVector<double>(doubles, 1).Should().Be(position < 0);
            }
        }
    }

    [Fact]
    public void AreWithin_ReadsNothingBehindTheValues()
    {
        foreach (int length in (int[])[0, 1, 15, 16, 31, 32, 63, 64, 65, 127, 128])
        {
            float[] values = [float.NaN, .. new float[length], float.NaN];
            ValueKernel.AreWithinOfVector512<float>(values.AsSpan(1, length), 1).Should().BeTrue();
            ValueKernel.AreWithinOfVector<float>(values.AsSpan(1, length), 1).Should().BeTrue();
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void IndexOfNotFinite_OfTheFirstBadValue_IsFoundInEveryPrecision(float bad)
    {
        for (int position = 0; position < Length; position++)
        {
            double[] doubles = [.. Enumerable.Repeat(-double.MaxValue, Length)];
            float[] singles = [.. Enumerable.Repeat(float.MaxValue, Length)];
            Half[] halves = [.. Enumerable.Repeat(Half.MaxValue, Length)];
            ValueKernel.IndexOfNotFinite<double>(doubles).Should().Be(-1);
            ValueKernel.IndexOfNotFinite<float>(singles).Should().Be(-1);
            ValueKernel.IndexOfNotFinite<Half>(halves).Should().Be(-1);
            (doubles[position], singles[position], halves[position]) = (bad, bad, (Half)bad);
            (doubles[^1], singles[^1], halves[^1]) = (bad, bad, (Half)bad);
            ValueKernel.IndexOfNotFinite<double>(doubles).Should().Be(position);
            ValueKernel.IndexOfNotFinite<float>(singles).Should().Be(position);
            ValueKernel.IndexOfNotFinite<Half>(halves).Should().Be(position);
        }

        ValueKernel.IndexOfNotFinite<double>([]).Should().Be(-1);
    }

    [Fact]
    public void Widen_FewerValuesThanWanted_FillsUpWithZeros()
    {
        foreach (int count in (int[])[1, 7, 16, 33])
        {
            float[] values = [.. Enumerable.Range(1, count).Select(i => i / 3f)];
            double[] scratch = [.. Enumerable.Repeat(9.0, 40)];
            double[] expected = [.. values.Select(value => (double)value), .. new double[40 - count]];
            ValueKernel.Widen<float>(values, scratch).ToArray().Should().Equal(expected);
            ValueKernel.Widen<double>(expected.AsSpan(0, count), scratch).ToArray().Should().Equal(expected);
        }
    }
}
