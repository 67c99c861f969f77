using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Sharing;

/// <summary>
/// A sharing workspace has the secret memory of one operation: polynomials for a block of coefficients, and sums. Whoever
/// uses it zeroes it.
/// </summary>
internal sealed class SharingWorkspace
{
    /// <summary>The largest number of coefficients whose polynomials are in memory at the same time.</summary>
    public const int MaxBlockLength = 4096;

    private readonly ushort[] _polynomials;

    public SharingWorkspace(SharingParameters parameters)
    {
        _polynomials = SecretMemory.Allocate<ushort>(parameters.Threshold * Math.Min(parameters.Length, MaxBlockLength));
        Coefficients = SecretMemory.Allocate<long>(parameters.Length);
        Elements = SecretMemory.Allocate<ushort>(parameters.Length);
        Sums = SecretMemory.Allocate<uint>(parameters.Length);
    }

    /// <summary>The coefficients of a round key.</summary>
    public long[] Coefficients { get; }

    /// <summary>The elements of a key.</summary>
    public ushort[] Elements { get; }

    /// <summary>The sums of an interpolation.</summary>
    public uint[] Sums { get; }

    /// <summary>Writes rows of coefficients, of degree 0 the given elements and of higher degrees random elements.</summary>
    public ReadOnlySpan<ushort> CreatePolynomials(ReadOnlySpan<ushort> constants, int rows, RandomSource random)
    {
        Span<ushort> polynomials = _polynomials.AsSpan(0, rows * constants.Length);
        constants.CopyTo(polynomials);
        UniformElements.Fill(polynomials[constants.Length..], random);
        return polynomials;
    }

    public void Zero()
    {
        SecretMemory.Zero<ushort>(_polynomials);
        SecretMemory.Zero<long>(Coefficients);
        SecretMemory.Zero<ushort>(Elements);
        SecretMemory.Zero<uint>(Sums);
    }
}
