using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Sharing;

namespace FedHe.Crypto.Sharing;

/// <summary>Interpolation gives the value at 0 of polynomials that are known at public points.</summary>
internal static class Interpolation
{
    private static readonly BarrettModulus Field = new(SharingKernel.Prime);

    /// <summary>Computes the factor prod_j x_j/(x_j - x_i) of the value at x_i, over all other points x_j.</summary>
    /// <remarks>Source: Lagrange's formula at 0.</remarks>
    /// <param name="shares">The shares, of different members.</param>
    /// <param name="index">The index i.</param>
    public static uint FactorAtZero(IReadOnlyList<KeyShare> shares, int index)
    {
        ulong own = PointOf(shares[index]);
        ulong numerator = 1;
        ulong denominator = 1;
        for (int i = 0; i < shares.Count; i++)
        {
            if (i != index)
            {
                ulong other = PointOf(shares[i]);
                numerator = Field.Multiply(numerator, other);
                denominator = Field.Multiply(denominator, Field.Subtract(other, own));
            }
        }

        return (uint)Field.Multiply(numerator, Field.Power(denominator, SharingParameters.Prime - 2));
    }

    /// <summary>Moves elements to (-p/2, p/2] and tells whether all are of a magnitude, without a branch on any.</summary>
    public static bool TryCenter(ReadOnlySpan<ushort> elements, int largest, Span<int> destination)
    {
        int outside = 0;
        for (int i = 0; i < elements.Length; i++)
        {
            int element = elements[i];
            int aboveHalf = ((SharingParameters.Prime / 2) - element) >> 31;
            int centered = element - (SharingParameters.Prime & aboveHalf);
            destination[i] = centered;
            outside |= (largest - centered) | (largest + centered);
        }

        return outside >= 0;
    }

    private static ulong PointOf(KeyShare share) => (ulong)SharingParameters.PointOf(share.Member);
}
