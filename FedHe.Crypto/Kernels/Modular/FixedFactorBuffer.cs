using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Modular;

/// <summary>
/// A fixed-factor buffer holds one polynomial, prepared as the fixed factor of products, in pinned memory. The owner of a
/// secret one zeroes it.
/// </summary>
internal sealed class FixedFactorBuffer(int length)
{
    private readonly AlignedArray<ulong> _values = new(length);
    private readonly AlignedArray<ulong> _quotients = new(length);

    /// <summary>The factors and their quotients.</summary>
    public FixedFactors Factors => new(_values, _quotients);

    /// <summary>Prepares factors in [0, modulus).</summary>
    public void Set(ReadOnlySpan<ulong> factors, ulong modulus)
    {
        Span<ulong> values = _values;
        Span<ulong> quotients = _quotients;
        for (int i = 0; i < factors.Length; i++)
        {
            (values[i], quotients[i]) = ShoupFactor.Create(factors[i], modulus);
        }
    }

    /// <summary>Overwrites the factors with zeros.</summary>
    public void Zero()
    {
        SecretMemory.Zero<ulong>(_values);
        SecretMemory.Zero<ulong>(_quotients);
    }
}
