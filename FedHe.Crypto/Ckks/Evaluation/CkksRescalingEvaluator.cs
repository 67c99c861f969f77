using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Ckks.Evaluation;

/// <summary>
/// Spends one prime p on a product with a plaintext scalar x: a vector is multiplied by the integer round(x*p), then divided
/// by p. The scale stays exactly the same.
/// </summary>
internal sealed class CkksRescalingEvaluator(CkksRing ring) : CkksEvaluator(ring), IRescalingEvaluator
{
    private readonly CkksRescaler _rescaler = new(ring);

    public EncryptedVector MultiplyScalar(EncryptedVector vector, double scalar)
    {
        CkksVector own = VectorGuard.Check<CkksVector>(Ring.Parameters, vector);
        if (own.LimbCount < Ring.LimbCount)
        {
            Throw.NoLevelLeft();
        }

        ulong prime = Ring.Parameters.Moduli[^1];
        double factor = Math.Round(scalar * prime);
        if (!(Math.Abs(scalar) <= 1) || factor == 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(scalar), "The scalar must be finite, at most 1 in magnitude and not so small that it rounds to zero.");
        }

        VectorBound bound = Ring.Errors.AfterScalarProduct(own.Bound, scalar, prime);
        if (!VectorGuard.Fits(Ring.Parameters, bound))
        {
            Throw.ValuesExceedCapacity();
        }

        return _rescaler.MultiplyAndRescale(own, (long)factor, bound);
    }
}
