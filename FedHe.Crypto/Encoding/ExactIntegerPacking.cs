using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Encoding;

/// <summary>
/// Values rounded to integers, several signed fields in each coefficient, wide enough for sums: N values per field and
/// ciphertext. Sums of coefficients are sums of fields, and noise below half a unit rounds away when they are decoded.
/// </summary>
/// <remarks>
/// Fields are balanced: a negative one borrows from the next, and adding half a field to each gives them back, so neither
/// encoding nor decoding needs to know the weights of a sum.
/// </remarks>
internal sealed class ExactIntegerPacking(int degree, ulong modulus, int logScale, int fieldBits, int fields) : IPacking
{
    private readonly ExactIntegerKernel _kernel = new(modulus, fields * fieldBits);

    public int ValuesPerPolynomial => degree * fields;

    public void Encode(Span<double> values, Span<long> coefficients)
    {
        Span<long> integers = ExactIntegerKernel.Quantise(values[..ValuesPerPolynomial], Math.ScaleB(1, logScale));
        _kernel.Spread(integers, fieldBits, coefficients[..degree]);
    }

    public void Decode(Span<double> coefficients, Span<double> values)
        => _kernel.Gather(coefficients[..degree], fieldBits, Math.ScaleB(1, -logScale), values);
}
