using System.Diagnostics;
using System.Numerics;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Fft;

/// <summary>
/// The discrete Fourier transform of a power-of-two length in double precision, on separate real and imaginary parts.
/// </summary>
/// <remarks>
/// <para>
/// The method is radix-2 decimation in time after a bit reversal. No branch depends on a value, and no product is fused
/// with a sum, so that every implementation gives the same bits on every machine. The relative error in the 2-norm is at
/// most log2(n) * eta with eta = u + 4*sqrt(2)*u &lt; 7u, u = 2^-53.
/// </para>
/// Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd edition, Theorem 24.2.
/// </remarks>
internal abstract class ComplexFft
{
    private readonly double[] _sines;
    private readonly double[] _negatedSines;
    private readonly int[] _bitReversed;

    protected ComplexFft(int length)
    {
        Length = length;
        Cosines = new double[length];
        _sines = new double[length];
        for (int half = 1; half < length; half *= 2)
        {
            for (int i = 0; i < half; i++)
            {
                (_sines[half + i], Cosines[half + i]) = Math.SinCos(Math.PI * i / half);
            }
        }

        _negatedSines = [.. _sines.Select(sine => -sine)];
        int bits = BitOperations.Log2((uint)length);
        _bitReversed = [.. Enumerable.Range(0, length).Select(index => BitReversal.Reverse(index, bits))];
    }

    /// <summary>The length n of the transform.</summary>
    public int Length { get; }

    /// <summary>The position of each input value in bit-reversed order.</summary>
    public ReadOnlySpan<int> BitReversed => _bitReversed;

    /// <summary>The cosines of all stages, where a stage whose butterflies span h has its cosines at h to 2h-1.</summary>
    protected double[] Cosines { get; }

    /// <summary>Creates the fastest implementation on this machine.</summary>
    public static ComplexFft Create(int length) => Create(length, LaneSupport.BestWithoutFusion);

    /// <summary>Creates the implementation of a width, or the specification if the length is too short for it.</summary>
    public static ComplexFft Create(int length, LaneWidth width) => width switch
    {
        LaneWidth.Vector512 when length >= 2 * RealLane512.Count => new LaneFft<RealLane512, WordLane512>(length),
        LaneWidth.Vector256 when length >= 2 * RealLane256.Count => new LaneFft<RealLane256, WordLane256>(length),
        LaneWidth.Vector128 when length >= 2 * RealLane128.Count => new LaneFft<RealLane128, WordLane128>(length),
        LaneWidth.Scalar when length >= 2 => new LaneFft<RealLaneScalar, WordLaneScalar>(length),
        _ => new FftSpecification(length),
    };

    /// <summary>Computes X[t] = sum of x[k]*exp(sign*2*pi*i*k*t/n), in place and without scaling; the sign is +1 or -1.</summary>
    public void Transform(Span<double> real, Span<double> imaginary, int sign)
    {
        Permute(real);
        Permute(imaginary);
        TransformBitReversed(real, imaginary, sign);
    }

    /// <summary>Computes the transform of input in bit-reversed order; see <see cref="BitReversed"/>.</summary>
    public void TransformBitReversed(Span<double> real, Span<double> imaginary, int sign)
    {
        Debug.Assert(real.Length == Length && imaginary.Length == Length, "One transform at a time.");
        Butterflies(real, imaginary, sign > 0 ? _sines : _negatedSines);
    }

    /// <summary>Multiplies every number by cosine + i*sine.</summary>
    public void Rotate(Span<double> real, Span<double> imaginary, ReadOnlySpan<double> cosines, ReadOnlySpan<double> sines)
    {
        Debug.Assert(real.Length == Length && imaginary.Length == Length, "As many numbers as the transform has.");
        Debug.Assert(cosines.Length == Length && sines.Length == Length, "As many angles as numbers.");
        RotateCore(real, imaginary, cosines, sines);
    }

    protected abstract void Butterflies(Span<double> real, Span<double> imaginary, ReadOnlySpan<double> sines);

    protected abstract void RotateCore(
        Span<double> real, Span<double> imaginary, ReadOnlySpan<double> cosines, ReadOnlySpan<double> sines);

    private void Permute(Span<double> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            int j = _bitReversed[i];
            if (i < j)
            {
                (values[i], values[j]) = (values[j], values[i]);
            }
        }
    }
}
