using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Sharing;

/// <summary>A sharing workspace has the secret memory of one operation. Whoever uses it zeroes it.</summary>
internal sealed class SharingWorkspace(SharingParameters parameters)
{
    private readonly ushort[] _polynomials = SecretMemory.Allocate<ushort>(parameters.Threshold * parameters.Length);

    /// <summary>The coefficients of a round key.</summary>
    public long[] Coefficients { get; } = SecretMemory.Allocate<long>(parameters.Length);

    /// <summary>The sums of an interpolation.</summary>
    public uint[] Sums { get; } = SecretMemory.Allocate<uint>(parameters.Length);

    /// <summary>The coefficients of polynomials, one row after the other from degree 0 on.</summary>
    public Span<ushort> Polynomials => _polynomials;

    /// <summary>The elements of a key, which are the values of the polynomials at 0.</summary>
    public Span<ushort> Elements => _polynomials.AsSpan(0, parameters.Length);

    public void Zero()
    {
        SecretMemory.Zero<ushort>(_polynomials);
        SecretMemory.Zero<long>(Coefficients);
        SecretMemory.Zero<uint>(Sums);
    }
}
