using System.Collections.Frozen;
using System.Collections.Immutable;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>
/// This class names the fresh encryptions whose noise a vector carries, so that a sum knows whether the noise of a new vector
/// is independent of its own.
/// </summary>
/// <remarks>
/// A seeded encryption is named by its seed, and a fresh public-key encryption by the highest bits of its first c0, which no
/// compression changes and no other encryption shares. A sum in full form that came over the wire names nothing.
/// </remarks>
internal static class CkksSummands
{
    /// <summary>Names the summands of a vector by its content, or returns null where the content does not tell.</summary>
    public static IReadOnlySet<Digest>? Of(CkksVector vector, CkksRing ring)
    {
        if (ring.Parameters.ExactIntegers is not null)
        {
            return FrozenSet<Digest>.Empty; // Exact integers have no noise that could add up.
        }

        if (!vector.Seeds.IsEmpty)
        {
            return vector.Seeds.Select(NameOf).ToHashSet();
        }

        return IsFresh(vector, ring) ? Fresh(vector, ring) : null;
    }

    /// <summary>Tells whether a vector without seeds has the bound of one fresh encryption under the public key.</summary>
    /// <remarks>A sum or a multiple has a multiple of the rounding.</remarks>
    private static bool IsFresh(CkksVector vector, CkksRing ring)
        => vector.SpentDepth == 0
            && vector.Bound == ring.Errors.Compressed(ring.Errors.PublicKey(vector.Bound.MaxAbs), vector.Dropped);

    /// <summary>Names a vector that is one fresh encryption.</summary>
    private static IReadOnlySet<Digest> Fresh(CkksVector vector, CkksRing ring)
    {
        int degree = ring.Degree;
        int width = CkksParameters.WidthOf(ring.Parameters.Moduli[0]);
        byte[] highest = new byte[BitPackingKernel.PackedLength(degree, DroppedBits.LeastKept)];
        BitPackingKernel.Default.Pack(
            vector.Limb(ciphertext: 0, polynomial: 0, limb: 0), DroppedBits.LeastKept, highest, width - DroppedBits.LeastKept);
        return ImmutableHashSet.Create(Digest.Compute(highest));
    }

    private static Digest NameOf(WeightedSeed weighted)
    {
        Seed seed = weighted.Seed;
        return new Digest(seed);
    }
}
