using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Kernels.BitPacking;

namespace FedHe.Crypto.Ckks.Ring;

/// <summary>A packed polynomial is all limbs of a polynomial, one after the other, in as few bits as each prime has.</summary>
internal static class PackedPolynomial
{
    /// <summary>Returns the number of bytes of a packed polynomial.</summary>
    public static int LengthOf(CkksRing ring) => Enumerable.Range(0, ring.LimbCount).Sum(limb => LengthOf(ring, limb));

    /// <summary>Returns the number of bytes of one limb.</summary>
    public static int LengthOf(CkksRing ring, int limb)
        => BitPackingKernel.PackedLength(ring.Degree, CkksParameters.WidthOf(ring.Parameters.Moduli[limb]));

    /// <summary>Packs one limb, and returns the rest of the destination.</summary>
    public static Span<byte> Pack(CkksRing ring, int limb, scoped ReadOnlySpan<ulong> residues, Span<byte> destination)
    {
        int length = LengthOf(ring, limb);
        BitPackingKernel.Default.Pack(residues, CkksParameters.WidthOf(ring.Parameters.Moduli[limb]), destination[..length]);
        return destination[length..];
    }

    /// <summary>Unpacks one limb from the beginning of the source, and tells whether every residue is below its prime.</summary>
    public static bool TryUnpack(CkksRing ring, int limb, ReadOnlySpan<byte> source, Span<ulong> residues)
    {
        ulong modulus = ring.Parameters.Moduli[limb];
        return BitPackingKernel.Default.TryUnpack(
            source[..LengthOf(ring, limb)], CkksParameters.WidthOf(modulus), modulus, residues);
    }
}
