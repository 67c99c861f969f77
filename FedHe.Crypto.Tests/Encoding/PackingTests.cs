using System.Numerics;
using FedHe.Crypto.Encoding;

namespace FedHe.Crypto.Tests.Encoding;

public sealed class PackingTests
{
    /// <summary>Source: Microsoft SEAL's convention, coefficient k = round(2*D/N * Re sum of v_i * zeta^(-3^i*k)).</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(64)]
    public void SlotPacking_Encode_AgreesWithTheDefinitionOfTheCanonicalEmbedding(int degree)
    {
        const int LogScale = 30;
        double[] values = RandomValues(degree / 2);
        var coefficients = new long[degree];
        new SlotPacking(degree, LogScale).Encode([.. values], coefficients);
        for (int k = 0; k < degree; k++)
        {
            Complex sum = Complex.Zero;
            int power = 1;
            foreach (double value in values)
            {
                sum += value * Complex.FromPolarCoordinates(1, -Math.PI * ((long)power * k % (2 * degree)) / degree);
                power = power * 3 % (2 * degree);
            }

            double expected = Math.ScaleB(2 * sum.Real / degree, LogScale);
            ((double)coefficients[k]).Should().BeApproximately(expected, 0.51, "coefficient {0}", k);
        }
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(32768)]
    public void SlotPacking_DecodeOfEncode_RestoresTheValues(int degree)
    {
        const int LogScale = 40;
        var packing = new SlotPacking(degree, LogScale);
        double[] values = RandomValues(degree / 2);
        values[0] = 1;
        values[1] = -1;
        double[] decoded = RoundTrip(packing, values, degree);
        double tolerance = Math.ScaleB(0.5 * degree, -LogScale);
        for (int i = 0; i < values.Length; i++)
        {
            decoded[i].Should().BeApproximately(values[i], tolerance);
        }
    }

    [Fact]
    public void CoefficientPacking_DecodeOfEncode_IsWithinHalfAStep()
    {
        const int Degree = 1024;
        double[] values = RandomValues(Degree);
        double[] decoded = RoundTrip(new CoefficientPacking(Degree, scale: 1 << 20), values, Degree);
        for (int i = 0; i < values.Length; i++)
        {
            decoded[i].Should().BeApproximately(values[i], Math.ScaleB(0.5, -20));
        }
    }

    private static double[] RoundTrip(IPacking packing, double[] values, int degree)
    {
        var coefficients = new long[degree];
        packing.Encode([.. values], coefficients);
        double[] plaintext = [.. coefficients.Select(coefficient => (double)coefficient)];
        var decoded = new double[values.Length];
        packing.Decode(plaintext, decoded);
        return decoded;
    }

    private static double[] RandomValues(int count)
    {
        var random = new System.Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextDouble()) - 1)];
    }
}
