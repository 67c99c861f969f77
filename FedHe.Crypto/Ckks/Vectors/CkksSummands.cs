using System.Buffers;
using System.Collections.Frozen;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>
/// This class names the encryptions whose noise a vector carries, so that a sum can tell whether the noise of a new vector is
/// independent of its own.
/// </summary>
/// <remarks>
/// A seeded encryption is named by its seed. A vector that is alone, or whose parts nobody knows any more because it came over
/// the wire as a sum in full form, is named by the highest bits of its first c0, which no compression changes and no other vector
/// shares.
/// </remarks>
internal static class CkksSummands
{
    /// <summary>Names the summands of a vector by its content.</summary>
    public static IReadOnlySet<Digest> Of(CkksVector vector, CkksRing ring)
    {
        if (ring.Parameters.ExactIntegers is not null)
        {
            return FrozenSet<Digest>.Empty; // Exact integers have no noise that could add up.
        }

        HashSet<Digest> names = [.. vector.Seeds.Select(NameOf)];
        if (names.Count < 2)
        {
            names.Add(NameOf(vector, ring));
        }

        return names;
    }

    private static Digest NameOf(WeightedSeed weighted)
    {
        Seed seed = weighted.Seed;
        return new Digest(seed);
    }

    private static Digest NameOf(CkksVector vector, CkksRing ring)
    {
        const int Bits = DroppedBits.LeastKept;
        int width = CkksParameters.WidthOf(ring.Parameters.Moduli[0]);
        int length = BitPackingKernel.PackedLength(ring.Degree, Bits);
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> highest = rented.AsSpan(0, length);
        var scratch = new BlockBuffer(ring.Degree);
        ReadOnlySpan<ulong> first = vector.Limb(ciphertext: 0, polynomial: 0, limb: 0, scratch.Span);
        BitPackingKernel.Default.Pack(first, Bits, highest, width - Bits);
        scratch.Release();
        Digest name = Digest.Compute(highest);
        ArrayPool<byte>.Shared.Return(rented);
        return name;
    }
}
