using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Sampling;
using FedHe.Crypto.Keys;

namespace FedHe.Crypto.Ckks.Keys;

/// <summary>This class tells honest keys from keys that were damaged, mixed up or made to protect nothing.</summary>
internal static class CkksKeyCheck
{
    /// <summary>
    /// Tells whether both polynomials of a public key are spread over the residues like random ones. A polynomial that is
    /// zero, constant, a monomial or small, as coefficients or transformed, is refused.
    /// </summary>
    /// <remarks>
    /// Residues of a random polynomial lie outside of the middle half, (-p/4, p/4), with probability 1/2 each. By Chernoff
    /// fewer than N/4 do with probability below exp(-N*(ln 2 - H(1/4))) = exp(-0.1308*N), which is 2^-193 at N = 1024. A polynomial that
    /// passes is not proven random: without the secret key nobody can tell b from one that hides nothing.
    /// </remarks>
    public static bool IsPlausible(CkksRing ring, CkksPublicKey key)
    {
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        bool isSpread = true;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            isSpread &= IsSpread(ring, key.B, limb, workspace) && IsSpread(ring, key.A, limb, workspace);
        }

        return isSpread;
    }

    /// <summary>Tells whether b + a*s is the negated error of an honest key, with no branch on a coefficient.</summary>
    /// <remarks>
    /// <para>
    /// The error of an honest key is at most 21 in magnitude with certainty (SEAL's at most 19.2 or 21), and it is the same
    /// integer under every prime. The sum of its squares is at least half of its mean, 10.5*N (SEAL's 10.24*N or more), but for a probability
    /// below exp(-N*(ln 2 - 1/2)/2) = 2^-142 at N = 1024; less error would give the secret key away.
    /// </para>
    /// <para>
    /// With another secret each coefficient is a random residue, which is that small with probability 43/p.
    /// </para>
    /// </remarks>
    public static bool IsPair(CkksRing ring, CkksPublicKey publicKey, CkksSecretKey secretKey)
    {
        using SecretKeyUse use = secretKey.Use();
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        Span<long> centered = workspace.Coefficients;
        Span<sbyte> error = workspace.Error;
        long largest = 0;
        long energy = 0;
        long difference = 0;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            NttPlan ntt = ring.Transforms[limb];
            Span<ulong> sum = workspace.Polynomial;
            PolynomialKernel.Default.Multiply(
                publicKey.A.Limb(limb).Values, secretKey.Transformed.Limb(limb), sum, ntt.Modulus); // a*s
            PolynomialKernel.Default.Add(sum, publicKey.B.Limb(limb).Values, ntt.Modulus); // b + a*s
            ntt.Inverse(sum);
            PolynomialKernel.Default.Center(sum, centered, ntt.Modulus);
            for (int i = 0; i < centered.Length; i++)
            {
                // Only the low byte is kept, so that large residues do not overflow the sum of squares.
                error[i] = limb == 0 ? unchecked((sbyte)centered[i]) : error[i];
                difference |= centered[i] ^ error[i];
                largest = Math.Max(largest, Math.Abs(centered[i]));
                energy += limb == 0 ? error[i] * error[i] : 0;
            }
        }

        const double LeastVariance = NoiseKernel.BinomialMax / 2.0 / 2.0; // half of sigma^2 = 21/2
        return largest <= NoiseKernel.BinomialMax && difference == 0 && energy >= LeastVariance * ring.Degree;
    }

    private static bool IsSpread(CkksRing ring, FixedPolynomial polynomial, int limb, CkksWorkspace workspace)
    {
        NttPlan ntt = ring.Transforms[limb];
        Span<ulong> residues = workspace.Polynomial;
        polynomial.Limb(limb).Values.CopyTo(residues);
        bool isSpreadTransformed = IsSpread(residues, ntt.Modulus);
        ntt.Inverse(residues);
        return isSpreadTransformed && IsSpread(residues, ntt.Modulus);
    }

    private static bool IsSpread(ReadOnlySpan<ulong> residues, ulong modulus)
    {
        int outside = 0;
        foreach (ulong residue in residues)
        {
            outside += residue > modulus / 4 && residue < modulus - (modulus / 4) ? 1 : 0;
        }

        return outside >= residues.Length / 4;
    }
}
