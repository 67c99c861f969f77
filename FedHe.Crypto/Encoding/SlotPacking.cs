using System.Buffers;
using FedHe.Crypto.Kernels.Fft;
using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Encoding;

/// <summary>
/// A slot packing puts N/2 real values into the slots of the canonical embedding of CKKS: slot i is the value of the
/// polynomial at zeta^(3^i), with zeta = exp(i*pi/N).
/// </summary>
/// <remarks>
/// Multiplications and interoperation need this packing, which is also the packing of the paper.
/// The points zeta^(3^i) and their conjugates are the odd powers of zeta, and each conjugate pair has exactly one member
/// zeta^j with j = 1 mod 4. There X^(N/2) is i, so the polynomial collapses to c_k = m_k + i*m_(k+N/2) of degree N/2,
/// and one complex transform of length N/2 evaluates it at all slots. Slots are real, so taking the conjugate point
/// changes nothing.
/// Source: Cheon, Kim, Kim and Song, ASIACRYPT 2017, section 3.2 (with 3 in the place of 5, as Microsoft SEAL does).
/// </remarks>
internal sealed class SlotPacking : IPacking
{
    private readonly int _logScale;
    private readonly int _half;
    private readonly ComplexFft _fft;
    private readonly int[] _positions;
    private readonly int[] _bitReversedPositions;
    private readonly double[] _cosines;
    private readonly double[] _sines;
    private readonly double[] _negatedSines;

    public SlotPacking(int degree, int logScale)
    {
        _logScale = logScale;
        _half = degree / 2;
        _fft = ComplexFft.Create(_half);
        _positions = SlotPositions(degree);
        _bitReversedPositions = [.. _positions.Select(position => _fft.BitReversed[position])];
        _cosines = new double[_half];
        _sines = new double[_half];
        for (int k = 0; k < _half; k++)
        {
            (_sines[k], _cosines[k]) = Math.SinCos(Math.PI * k / degree);
        }

        _negatedSines = [.. _sines.Select(sine => -sine)];
    }

    public int ValuesPerPolynomial => _half;

    public void Encode(ReadOnlySpan<double> values, Span<long> coefficients)
    {
        double[] scratch = ArrayPool<double>.Shared.Rent(2 * _half);
        Span<double> real = scratch.AsSpan(0, _half);
        Span<double> imaginary = scratch.AsSpan(_half, _half);
        imaginary.Clear();
        for (int i = 0; i < _half; i++)
        {
            real[_bitReversedPositions[i]] = values[i];
        }

        _fft.TransformBitReversed(real, imaginary, sign: -1);

        // Undo the twist: multiply by zeta^-k.
        _fft.Rotate(real, imaginary, _cosines, _negatedSines);
        double scale = Math.ScaleB(1, _logScale) / _half;
        FixedPointKernel.Default.Encode(real, scale, coefficients[.._half]);
        FixedPointKernel.Default.Encode(imaginary, scale, coefficients.Slice(_half, _half));
        ArrayPool<double>.Shared.Return(scratch, clearArray: true);
    }

    public void Decode(Span<double> coefficients, Span<double> values)
    {
        Span<double> real = coefficients[.._half];
        Span<double> imaginary = coefficients.Slice(_half, _half);
        _fft.Rotate(real, imaginary, _cosines, _sines);
        _fft.Transform(real, imaginary, sign: 1);
        double inverseScale = Math.ScaleB(1, -_logScale);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = real[_positions[i]] * inverseScale;
        }
    }

    /// <summary>Computes for each slot i the index t with 4t+1 = 3^i or -3^i modulo 2N.</summary>
    private static int[] SlotPositions(int degree)
    {
        var positions = new int[degree / 2];
        int power = 1;
        for (int i = 0; i < positions.Length; i++)
        {
            int exponent = power % 4 == 1 ? power : (2 * degree) - power;
            positions[i] = (exponent - 1) / 4;
            power = 3 * power % (2 * degree);
        }

        return positions;
    }
}
