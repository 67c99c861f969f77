using System.Numerics;

namespace FedHe.Crypto.Kernels;

/// <summary>
/// The discrete Fourier transform of a power-of-two length in double precision, on separate real and imaginary parts.
/// Branch-free in the data.
/// </summary>
/// <remarks>
/// Radix-2 decimation in time after a bit reversal. The relative error in the 2-norm is at most
/// log2(n) * eta with eta = u + 4*sqrt(2)*u &lt; 7u, u = 2^-53.
/// Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition, Theorem 24.2.
/// </remarks>
internal sealed class ComplexFft
{
    private readonly double[] _cosines;
    private readonly double[] _sines;
    private readonly int[] _bitReversed;

    public ComplexFft(int length)
    {
        Length = length;
        _cosines = new double[length / 2];
        _sines = new double[length / 2];
        for (int i = 0; i < length / 2; i++)
        {
            (_sines[i], _cosines[i]) = Math.SinCos(2 * Math.PI * i / length);
        }

        int bits = BitOperations.Log2((uint)length);
        _bitReversed = [.. Enumerable.Range(0, length).Select(index => BitReversal.Reverse(index, bits))];
    }

    public int Length { get; }

    /// <summary>X[t] = sum of x[k]*exp(sign*2*pi*i*k*t/n), in place and without scaling; sign is +1 or -1.</summary>
    public void Transform(Span<double> real, Span<double> imaginary, int sign)
    {
        Permute(real);
        Permute(imaginary);
        for (int half = 1; half < Length; half *= 2)
        {
            int stride = Length / (2 * half);
            for (int start = 0; start < Length; start += 2 * half)
            {
                Span<double> lowReal = real.Slice(start, half);
                Span<double> lowImaginary = imaginary.Slice(start, half);
                Span<double> highReal = real.Slice(start + half, half);
                Span<double> highImaginary = imaginary.Slice(start + half, half);
                for (int i = 0; i < half; i++)
                {
                    double cosine = _cosines[i * stride];
                    double sine = sign * _sines[i * stride];
                    double x = (highReal[i] * cosine) - (highImaginary[i] * sine);
                    double y = (highReal[i] * sine) + (highImaginary[i] * cosine);
                    highReal[i] = lowReal[i] - x;
                    highImaginary[i] = lowImaginary[i] - y;
                    lowReal[i] += x;
                    lowImaginary[i] += y;
                }
            }
        }
    }

    private void Permute(Span<double> values)
    {
        for (int i = 0; i < Length; i++)
        {
            int j = _bitReversed[i];
            if (i < j)
            {
                (values[i], values[j]) = (values[j], values[i]);
            }
        }
    }
}
