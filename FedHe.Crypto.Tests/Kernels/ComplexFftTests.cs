using System.Numerics;
using FedHe.Crypto.Kernels.Fft;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class ComplexFftTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(64, 1)]
    [InlineData(64, -1)]
    [InlineData(512, 1)]
    public void Transform_RandomInput_AgreesWithTheDefinition(int length, int sign)
    {
        var random = new System.Random(length + sign);
        Complex[] input = [.. Enumerable.Range(0, length).Select(_ => new Complex(random.NextDouble() - 0.5, random.NextDouble() - 0.5))];
        double[] real = [.. input.Select(x => x.Real)];
        double[] imaginary = [.. input.Select(x => x.Imaginary)];
        ComplexFft.Create(length).Transform(real, imaginary, sign);
        for (int t = 0; t < length; t++)
        {
            Complex expected = Complex.Zero;
            for (int k = 0; k < length; k++)
            {
                expected += input[k] * Complex.FromPolarCoordinates(1, sign * 2 * Math.PI * ((long)k * t % length) / length);
            }

            real[t].Should().BeApproximately(expected.Real, 1e-12);
            imaginary[t].Should().BeApproximately(expected.Imaginary, 1e-12);
        }
    }
}
