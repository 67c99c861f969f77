using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace FedHe.Privacy.Losses;

/// <summary>Convolutions of probabilities by fast Fourier transforms.</summary>
internal static class Convolution
{
    private const double UnitRoundoff = 1.2e-16;

    // What the butterflies of one level may add, in units of roundoff, for forward and backward transforms together.
    private const double ErrorPerLevel = 12;

    /// <summary>Returns the probabilities of the sum of two independent variables.</summary>
    /// <param name="left">Probabilities.</param>
    /// <param name="right">Probabilities; the same array makes a square, which is computed faster.</param>
    /// <param name="error">A bound of the sum of all errors of the result.</param>
    public static double[] Of(double[] left, double[] right, out double error)
    {
        int length = left.Length + right.Length - 1;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)length);
        Complex[] spectrum = Transform(left, size);
        Complex[] other = ReferenceEquals(left, right) ? spectrum : Transform(right, size);
        for (int i = 0; i < size; i++)
        {
            spectrum[i] *= other[i];
        }

        Fourier.Inverse(spectrum, FourierOptions.AsymmetricScaling);
        var result = new double[length];
        for (int i = 0; i < length; i++)
        {
            result[i] = Math.Max(0, spectrum[i].Real);
        }

        // The errors have a 2-norm of some roundoffs times the product of the 2-norms; their sum is at most sqrt(length) times as large.
        double norms = Norm(left) * Norm(right);
        error = ErrorPerLevel * (BitOperations.Log2((uint)size) + 1) * UnitRoundoff * norms * Math.Sqrt(length);
        return result;
    }

    private static Complex[] Transform(double[] values, int size)
    {
        var spectrum = new Complex[size];
        for (int i = 0; i < values.Length; i++)
        {
            spectrum[i] = values[i];
        }

        Fourier.Forward(spectrum, FourierOptions.AsymmetricScaling);
        return spectrum;
    }

    private static double Norm(double[] values) => Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(values));
}
