using FedHe.MLBridge.Kernels;

namespace FedHe.MLBridge.Tests.Kernels;

public sealed class ClampedProductsTests
{
    [Fact]
    public void TryWrite_OfAnyLength_IsTheClampedProductBitForBit()
    {
        var random = new Random(11);
        for (int length = 0; length <= 67; length++)
        {
            foreach ((double factor, double bound) in ((double, double)[])[(1, 1), (1.0 / 3, 0.5), (0.1, 3), (2.5, double.Epsilon), (1e300, 1e-300)])
            {
                double[] values = [.. Enumerable.Range(0, length).Select(i => (i % 7) switch
                {
                    0 => bound / factor,
                    1 => -bound / factor,
                    2 => 0.0,
                    3 => -0.0,
                    4 => i % 2 == 0 ? 1e20 : double.NaN,
                    _ => 4 * (random.NextDouble() - 0.5) * bound / factor,
                })];
                long[] expected = [.. values.Select(value => BitConverter.DoubleToInt64Bits(Math.Min(Math.Max(value * factor, -bound), bound)))];
                var results = new double[length + 1];
                results[length] = 9;
                ClampedProducts.TryWrite(values, factor, bound, double.MaxValue, results);
                results.Take(length).Select(BitConverter.DoubleToInt64Bits).Should().Equal(expected, "length {0}, factor {1}", length, factor);
                results[length].Should().Be(9, "nothing is written past the values");

                ClampedProducts.TryWrite(values, factor, bound, double.MaxValue, values);
                values.Select(BitConverter.DoubleToInt64Bits).Should().Equal(expected, "in place");
            }
        }
    }

    [Theory]
    [InlineData(2.0, true)]
    [InlineData(-2.0, true)]
    [InlineData(2.0000000000000004, false)]
    [InlineData(-2.0000000000000004, false)]
    [InlineData(double.PositiveInfinity, false)]
    [InlineData(double.NegativeInfinity, false)]
    [InlineData(double.NaN, false)]
    public void TryWrite_TellsOfAnImpossibleValueAnywhere(double value, bool isPossible)
    {
        for (int length = 1; length <= 35; length++)
        {
            for (int place = 0; place < length; place++)
            {
                double[] values = [.. Enumerable.Range(0, length).Select(i => i == place ? value : 1 - (i % 3))];
                ClampedProducts.TryWrite(values, factor: 0.5, bound: 1, largest: 2, new double[length]).Should().Be(isPossible, "{0} of {1}", place, length);
            }
        }
    }

    [Fact]
    public void TryWrite_IntoFewerPlaces_Throws()
    {
        Action write = () => ClampedProducts.TryWrite(new double[9], factor: 1, bound: 1, largest: 1, new double[8]);
        write.Should().Throw<ArgumentOutOfRangeException>();
    }
}
