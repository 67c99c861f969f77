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

        // Spectra are off by some roundoffs times a 2-norm. A product multiplies that by the other spectrum, which is at most a sum of
        // probabilities, and the result's 2-norm is at most the larger one. The sum of errors is at most sqrt(length) times their 2-norm.
        double norm = Math.Max(Norm(left), Norm(right));
        error = ErrorPerLevel * (BitOperations.Log2((uint)size) + 1) * UnitRoundoff * norm * Math.Sqrt(length);
        return result;
    }

    /// <summary>Returns the probabilities of a sum of many independent variables, in a window of a power of two of points.</summary>
    /// <param name="values">The probabilities of one variable.</param>
    /// <param name="offset">The number of its first point.</param>
    /// <param name="count">The number of variables.</param>
    /// <param name="first">The number of the first point of the window.</param>
    /// <param name="length">The least number of points of the window.</param>
    /// <param name="error">A bound of the sum of all errors of the result, without what comes back from outside of the window.</param>
    public static double[] Power(double[] values, long offset, long count, long first, int length, out double error)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)length);
        var spectrum = new Complex[size];
        for (int i = 0; i < values.Length; i++)
        {
            spectrum[Position(offset + i, size)] += values[i];
        }

        Fourier.Forward(spectrum, FourierOptions.AsymmetricScaling);
        double sum = 0;
        for (int i = 0; i < size; i++)
        {
            spectrum[i] = PowerOf(spectrum[i], count);
            sum += (spectrum[i].Real * spectrum[i].Real) + (spectrum[i].Imaginary * spectrum[i].Imaginary);
        }

        Fourier.Inverse(spectrum, FourierOptions.AsymmetricScaling);
        var result = new double[size];
        for (int i = 0; i < size; i++)
        {
            result[i] = Math.Max(0, spectrum[Position(first + i, size)].Real);
        }

        // Powers multiply relative errors by the exponent. The 2-norm of the result is that of the spectrum divided by sqrt(size).
        error = ErrorPerLevel * (BitOperations.Log2((uint)size) + 1) * UnitRoundoff * count * Math.Sqrt(sum);
        return result;
    }

    private static int Position(long point, int size) => (int)(((point % size) + size) % size);

    private static Complex PowerOf(Complex value, long exponent)
    {
        Complex result = Complex.One;
        for (; exponent > 0; exponent >>= 1, value *= value)
        {
            if ((exponent & 1) == 1)
            {
                result *= value;
            }
        }

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
