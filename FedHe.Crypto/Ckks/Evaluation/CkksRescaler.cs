using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Ckks.Evaluation;

/// <summary>
/// A CKKS rescaler spends the last prime p on a product with a plaintext scalar x: a vector is multiplied by the
/// integer round(x*p), then divided by p. The scale stays exactly the same.
/// </summary>
internal sealed class CkksRescaler : IVectorRescaler
{
    private readonly CkksRing _ring;
    private readonly ShoupFactor[] _inversePrime;

    public CkksRescaler(CkksRing ring)
    {
        _ring = ring;
        ulong prime = ring.Parameters.Moduli[^1];
        _inversePrime = [.. ring.Parameters.Moduli.AsSpan()[..^1].ToArray().Select(
            modulus => ShoupFactor.Create(ModularArithmetic.Inverse(prime % modulus, modulus), modulus))];
    }

    public EncryptedVector MultiplyScalar(EncryptedVector vector, double scalar)
    {
        CkksVector own = VectorGuard.Check<CkksVector>(_ring.Parameters, vector);
        VectorGuard.CheckHasLevel(own.LimbCount == _ring.LimbCount);
        ulong prime = _ring.Parameters.Moduli[^1];
        double factor = Math.Round(scalar * prime);
        if (!(Math.Abs(scalar) <= 1) || factor == 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(scalar), "The scalar must be finite, at most 1 in magnitude and not so small that it rounds to zero.");
        }

        VectorBound bound = _ring.Errors.AfterScalarProduct(own.Bound, scalar, prime);
        VectorGuard.CheckFits(_ring.Parameters, bound);
        return MultiplyAndRescale(own, (long)factor, bound);
    }

    private CkksVector MultiplyAndRescale(CkksVector vector, long factor, VectorBound bound)
    {
        var result = new CkksBlock(_ring.Parameters, vector.Length, polynomialCount: 2, _ring.LimbCount - 1);
        ShoupFactor[] factors = [.. _ring.Parameters.Moduli.Select(modulus => FactorModulo(factor, modulus))];
        using CkksPolynomialSource c1 = new(_ring, vector);
        using CkksWorkspace workspace = _ring.Workspaces.Rent();
        for (int ciphertext = 0; ciphertext < vector.CiphertextCount; ciphertext++)
        {
            for (int polynomial = 0; polynomial < 2; polynomial++)
            {
                for (int limb = 0; limb < _ring.LimbCount; limb++)
                {
                    Span<ulong> destination = Limb(workspace, limb);
                    if (polynomial == 0)
                    {
                        vector.CopyLimb(ciphertext, polynomial, limb, destination);
                    }
                    else
                    {
                        c1.Limb(ciphertext, limb, workspace).CopyTo(destination);
                    }

                    PolynomialKernel.Default.Scale(destination, factors[limb], _ring.Parameters.Moduli[limb]);
                }

                Rescale(workspace, transformed: polynomial == 1);
                for (int limb = 0; limb < result.LimbCount; limb++)
                {
                    Limb(workspace, limb).CopyTo(result.Limb(ciphertext, polynomial, limb));
                }
            }
        }

        return new CkksVector(_ring, vector.KeyId, vector.Length, bound, result, vector.Summands);
    }

    /// <summary>Computes (x - r)/p in every remaining limb, where r = x mod p lies in (-p/2, p/2].</summary>
    private void Rescale(CkksWorkspace workspace, bool transformed)
    {
        int last = _ring.LimbCount - 1;
        Span<ulong> remainder = Limb(workspace, last);
        if (transformed)
        {
            _ring.Transforms[last].Inverse(remainder);
        }

        PolynomialKernel.Default.Center(remainder, workspace.Coefficients, _ring.Parameters.Moduli[last]); // r
        for (int limb = 0; limb < last; limb++)
        {
            NttPlan ntt = _ring.Transforms[limb];
            Span<ulong> correction = workspace.SecondPolynomial;
            PolynomialKernel.Default.ReduceSigned(workspace.Coefficients, correction, ntt.Modulus);
            if (transformed)
            {
                ntt.Forward(correction);
            }

            Span<ulong> destination = Limb(workspace, limb);
            PolynomialKernel.Default.SubtractFrom(destination, correction, ntt.Modulus); // x - r
            PolynomialKernel.Default.Scale(correction, _inversePrime[limb], ntt.Modulus); // (x - r)/p
            correction.CopyTo(destination);
        }
    }

    private Span<ulong> Limb(CkksWorkspace workspace, int limb)
        => workspace.Limbs.Span.Slice(limb * _ring.Degree, _ring.Degree);

    private static ShoupFactor FactorModulo(long factor, ulong modulus)
    {
        ulong magnitude = (ulong)Math.Abs(factor) % modulus;
        return ShoupFactor.Create(factor < 0 && magnitude != 0 ? modulus - magnitude : magnitude, modulus);
    }
}
