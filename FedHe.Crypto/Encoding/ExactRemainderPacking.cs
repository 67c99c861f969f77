using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Encoding;

/// <summary>
/// An exact-remainder packing is an exact-integer packing for a modulus q of several primes: it puts fields into an integer m
/// modulo T = 2^L, and gives the remainder of m*q, which <see cref="Kernels.Rns.PlaintextComposer"/> turns into residues.
/// </summary>
/// <remarks>
/// The fields are those of <see cref="ExactIntegerPacking"/>. A remainder is m*q modulo T in [-T/2, T/2): the low bits of a
/// product of words. Decoding takes integers that were composed already.
/// </remarks>
internal sealed class ExactRemainderPacking : IPacking
{
    private readonly int _degree;
    private readonly int _fieldBits;
    private readonly int _fields;
    private readonly int _unusedBits;
    private readonly double _scale;
    private readonly double _inverseScale;
    private readonly ulong _modulus;
    private readonly ulong _offset;

    /// <summary>Creates a packing of a number of fields that together have at most 52 bits.</summary>
    public ExactRemainderPacking(int degree, int logScale, ReadOnlySpan<ulong> moduli, int fieldBits, int fields)
    {
        _degree = degree;
        _fieldBits = fieldBits;
        _fields = fields;
        _unusedBits = 64 - (fieldBits * fields);
        _scale = Math.ScaleB(1, logScale);
        _inverseScale = Math.ScaleB(1, -logScale);
        _offset = new ExactFields(Modulus: 0, fieldBits, fields).Offset;
        _modulus = 1;
        foreach (ulong modulus in moduli)
        {
            _modulus *= modulus; // q modulo 2^64
        }
    }

    public int ValuesPerPolynomial => _degree * _fields;

    public void Encode(ReadOnlySpan<double> values, Span<long> coefficients)
    {
        values = values[..ValuesPerPolynomial];
        coefficients = coefficients[.._degree];
        for (int i = 0; i < coefficients.Length; i++)
        {
            long sum = 0;
            for (int start = values.Length - coefficients.Length; start >= 0; start -= coefficients.Length)
            {
                sum = (sum << _fieldBits) + (long)Math.Round(values[start + i] * _scale);
            }

            coefficients[i] = (long)(((ulong)sum * _modulus) << _unusedBits) >> _unusedBits;
        }
    }

    public void Decode(Span<double> coefficients, Span<double> values)
    {
        ulong fieldMask = (1UL << _fieldBits) - 1;
        long middle = 1L << (_fieldBits - 1);
        for (int i = 0, shift = 0; i < values.Length; shift += _fieldBits)
        {
            for (int j = 0; j < _degree && i < values.Length; j++, i++)
            {
                ulong integer = (ulong)(long)coefficients[j] + _offset;
                values[i] = ((long)((integer >> shift) & fieldMask) - middle) * _inverseScale;
            }
        }
    }
}
