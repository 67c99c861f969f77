using FedHe.MLBridge.Kernels;

namespace FedHe.MLBridge.Tests.Kernels;

public sealed class ClampedProductsTests
{
    [Fact]
    public void Write_OfAnyLength_IsTheClampedProductBitForBit()
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
                ClampedProducts.Write(values, factor, bound, results);
                results.Take(length).Select(BitConverter.DoubleToInt64Bits).Should().Equal(expected, "length {0}, factor {1}", length, factor);
                results[length].Should().Be(9, "nothing is written past the values");

                ClampedProducts.Write(values, factor, bound, values);
                values.Select(BitConverter.DoubleToInt64Bits).Should().Equal(expected, "in place");
            }
        }
    }

    [Fact]
    public void Write_IntoFewerPlaces_Throws()
    {
        Action write = () => ClampedProducts.Write(new double[9], factor: 1, bound: 1, new double[8]);
        write.Should().Throw<ArgumentOutOfRangeException>();
    }
}
