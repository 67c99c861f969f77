using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Modular;

/// <summary>
/// A half-factor buffer holds numbers below a prime of at most 31 bits, prepared as the fixed factors of products, in pinned
/// memory. The owner of secret ones zeroes them.
/// </summary>
internal sealed class HalfFactorBuffer(int length)
{
    private readonly AlignedArray<uint> _values = new(length);
    private readonly AlignedArray<uint> _quotients = new(length);

    /// <summary>The factors and their quotients.</summary>
    public HalfFactors Factors => new(_values, _quotients);

    /// <summary>A reference to the first factor.</summary>
    public ref uint FirstValue => ref _values.First;

    /// <summary>A reference to the quotient of the first factor.</summary>
    public ref uint FirstQuotient => ref _quotients.First;

    /// <summary>Prepares factors in [0, modulus).</summary>
    public void Set(ReadOnlySpan<ulong> factors, ulong modulus)
    {
        var arithmetic = new BarrettModulus(modulus);
        Span<uint> values = _values;
        Span<uint> quotients = _quotients;
        for (int i = 0; i < factors.Length; i++)
        {
            values[i] = (uint)factors[i];
            quotients[i] = (uint)(arithmetic.Factor(factors[i]).Quotient >> 32); // of floor(w*2^64/p) the upper half
        }
    }

    /// <summary>Overwrites the factors with zeros.</summary>
    public void Zero()
    {
        SecretMemory.Zero<uint>(_values);
        SecretMemory.Zero<uint>(_quotients);
    }
}
