using FedHe.MLBridge.Kernels;

namespace FedHe.MLBridge.Tests.Kernels;

public sealed class FlatKernelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(0.1)]
    [InlineData(3)]
    [InlineData(1e-320)]
    public void WidenAndDivide_OfAnyLength_GivesTheResultsOfSingleSteps(double bound)
    {
        for (int length = 0; length <= 70; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(i => (float)(Math.Sin(i) * bound)), float.MaxValue, float.Epsilon];
            foreach (double factor in (double[])[1, 1.0 / 3, 0.25])
            {
                var results = new double[values.Length];
                FlatKernel.WidenAndDivide(values, bound, factor, results);
                results.Should().Equal(values.Select(value => value / bound * factor));
            }
        }
    }

    [Fact]
    public void WidenAndMultiply_OfAnyLength_AgreesInRegistersOfEachWidth()
    {
        for (int length = 0; length <= 70; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(i => (float)Math.Sin(i))];
            double[] expected = [.. values.Select(value => value * 4.0 * (1.0 / 3)), -1];
            double[] wide = new double[length + 1];
            double[] usual = new double[length + 1];
            wide[^1] = usual[^1] = -1;

            FlatKernel.WidenAndMultiplyOfVector512(values, 4.0, 1.0 / 3, wide);
            FlatKernel.WidenAndMultiplyOfVector(values, 4.0, 1.0 / 3, usual);

            wide.Should().Equal(expected);
            usual.Should().Equal(expected);
        }
    }
}
