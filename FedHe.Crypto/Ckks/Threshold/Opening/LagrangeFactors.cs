using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;

namespace FedHe.Crypto.Ckks.Threshold.Opening;

/// <summary>This class computes what a party's share counts in the secret key, for the set of parties that open a vector.</summary>
internal static class LagrangeFactors
{
    /// <summary>Computes the factor of a party's share modulo a prime: the product of k/(k - j) over all other parties k.</summary>
    public static ulong Of(PartySet set, int party, ulong modulus)
    {
        ulong numerator = 1;
        ulong denominator = 1;
        foreach (int other in set.Parties.Where(other => other != party))
        {
            numerator = ModularArithmetic.Multiply(numerator, (ulong)other, modulus);
            ulong difference = ModularArithmetic.Subtract((ulong)other, (ulong)party, modulus);
            denominator = ModularArithmetic.Multiply(denominator, difference, modulus);
        }

        return ModularArithmetic.Multiply(numerator, ModularArithmetic.Inverse(denominator, modulus), modulus);
    }

    /// <summary>Multiplies a share by its factors; the caller zeroes the product.</summary>
    /// <remarks>Noise is added to products of this polynomial, so it never grows by a factor.</remarks>
    public static FixedPolynomial Fold(CkksRing ring, ThresholdKeyShare share, PartySet set)
    {
        var folded = new FixedPolynomial(ring);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        Span<ulong> product = workspace.Polynomial;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            ulong modulus = ring.Parameters.Moduli[limb];
            share.Polynomial.Limb(limb).Values.CopyTo(product);
            PolynomialKernel.Default.Scale(product, ShoupFactor.Create(Of(set, share.Party, modulus), modulus), modulus);
            folded.Set(limb, product, modulus);
        }

        return folded;
    }
}
