using FedHe.Privacy.Losses;

namespace FedHe.Privacy.Tests.Losses;

/// <summary>Convolutions by transforms, and the bound of their errors.</summary>
public sealed class ConvolutionTests
{
    [Theory]
    [InlineData(1 << 4)]
    [InlineData(1 << 14)]
    [InlineData(1 << 18)]
    public void Of_TwoUniformDistributions_IsTheTriangleUpToTheErrorThatItTells(int length)
    {
        double[] uniform = new double[length];
        Array.Fill(uniform, 1.0 / length);
        double[] triangle = Convolution.Of(uniform, [.. uniform], out double error);
        double actual = 0;
        for (int i = 0; i < triangle.Length; i++)
        {
            actual += Math.Abs(triangle[i] - (Math.Min(i + 1.0, (2.0 * length) - 1 - i) / length / length));
        }

        error.Should().BeGreaterThanOrEqualTo(actual).And.BeLessThan(1e-12);
    }
}
