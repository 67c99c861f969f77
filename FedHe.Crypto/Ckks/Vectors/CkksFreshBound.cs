using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Errors;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>This class computes the bound of a fresh vector, and refuses values that do not fit.</summary>
internal static class CkksFreshBound
{
    // The largest fixed-point magnitude that a 64-bit coefficient holds with room for rounding.
    private const int MaxLogCoefficient = 62;

    public static VectorBound Of(CkksRing ring, double maxAbs, VectorForm form)
    {
        ValueGuard.CheckBound(maxAbs);
        CheckPlanned(ring, form);
        VectorBound bound = ring.Parameters.ExactIntegers is CkksExactIntegers exact
            ? exact.FreshBound(maxAbs)
            : form == VectorForm.Seeded ? ring.Errors.Seeded(maxAbs) : ring.Errors.PublicKey(maxAbs);
        VectorGuard.CheckEncodable(maxAbs < Math.ScaleB(1, MaxLogCoefficient - ring.Parameters.LogScale));
        VectorGuard.CheckFits(ring.Parameters, bound);
        return bound;
    }

    /// <summary>Refuses public-key encryption into exact integers whose plan has no room for its noise.</summary>
    public static void CheckPlanned(CkksRing ring, VectorForm form)
    {
        if (form == VectorForm.Full && ring.Parameters.ExactIntegers is { Traffic: not CkksTraffic.PublicKey })
        {
            throw Throw.PublicKeyNoiseNotPlanned();
        }
    }
}
