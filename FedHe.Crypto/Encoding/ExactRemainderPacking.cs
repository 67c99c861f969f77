using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Encoding;

/// <summary>
/// An exact-remainder packing is an exact-integer packing for a modulus q of several primes: it puts fields into an integer m
/// modulo T = 2^L, and gives the remainder of m*q, which <see cref="Kernels.Rns.PlaintextComposer"/> turns into residues.
/// </summary>
/// <remarks>
/// The packing lays out its fields as <see cref="ExactIntegerPacking"/> does. A remainder is m*q modulo T in [-T/2, T/2), which is
/// the low bits of a product of words. Decoding takes integers that were composed already.
/// </remarks>
internal sealed class ExactRemainderPacking : IPacking
{
    private readonly int _degree;
    private readonly double _scale;
    private readonly double _inverseScale;
    private readonly ExactFields _fields;
    private readonly ulong _modulus;

    /// <summary>Creates a packing of a number of fields that together have at most 52 bits.</summary>
    public ExactRemainderPacking(int degree, int logScale, ReadOnlySpan<ulong> moduli, int fieldBits, int fields)
    {
        _degree = degree;
        _scale = Math.ScaleB(1, logScale);
        _inverseScale = Math.ScaleB(1, -logScale);
        _fields = new ExactFields(Modulus: 0, fieldBits, fields);
        _modulus = 1;
        foreach (ulong modulus in moduli)
        {
            _modulus *= modulus; // q modulo 2^64
        }
    }

    public int ValuesPerPolynomial => _degree * _fields.Count;

    public void Encode(ReadOnlySpan<double> values, Span<long> coefficients)
        => ExactRemainderKernel.Encode(values[..ValuesPerPolynomial], _scale, _fields, _modulus, coefficients[.._degree]);

    public void Decode(Span<double> coefficients, Span<double> values)
        => ExactRemainderKernel.Decode(coefficients[.._degree], _inverseScale, _fields, values);
}
