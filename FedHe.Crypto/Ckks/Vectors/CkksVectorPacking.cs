using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Ntt;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>
/// A CKKS vector packing packs and unpacks the coefficients of a range of ciphertexts, without their low bits.
/// </summary>
internal static class CkksVectorPacking
{
    /// <summary>Packs as many ciphertexts as the destination holds, from <paramref name="first"/> on.</summary>
    public static void Pack(CkksVector vector, CkksRing ring, int first, Span<byte> destination)
    {
        var scratch = new BlockBuffer(ring.Degree);
        for (int ciphertext = first; !destination.IsEmpty; ciphertext++)
        {
            for (int polynomial = 0; polynomial < CkksBlock.PolynomialsOf(vector.Form); polynomial++)
            {
                int dropped = vector.Dropped.Of(polynomial);
                for (int limb = 0; limb < vector.LimbCount; limb++)
                {
                    NttPlan ntt = ring.Transforms[limb];
                    ReadOnlySpan<ulong> coefficients = vector.Limb(ciphertext, polynomial, limb, scratch.Span);
                    if (dropped > 0 && polynomial == 1)
                    {
                        coefficients.CopyTo(scratch.Span);
                        ntt.Inverse(scratch.Span);
                        coefficients = scratch.Span;
                    }

                    int width = CkksParameters.WidthOf(ntt.Modulus) - dropped;
                    int length = BitPackingKernel.PackedLength(coefficients.Length, width);
                    BitPackingKernel.Default.Pack(coefficients, width, destination[..length], dropped);
                    destination = destination[length..];
                }
            }
        }

        scratch.Release();
    }

    /// <summary>
    /// Unpacks the ciphertexts from <paramref name="first"/> to before <paramref name="end"/>, and tells whether every
    /// coefficient is in range.
    /// </summary>
    public static bool TryUnpack(ReadOnlySpan<byte> source, CkksRing ring, int first, int end, DroppedBits dropped, CkksBlock block)
    {
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            for (int polynomial = 0; polynomial < block.PolynomialCount; polynomial++)
            {
                int bits = dropped.Of(polynomial);
                for (int limb = 0; limb < block.LimbCount; limb++)
                {
                    int length = LimbLength(ring.Parameters, limb, bits);
                    if (!TryUnpackLimb(source[..length], ring.Transforms[limb], polynomial, bits, block.Limb(ciphertext, polynomial, limb)))
                    {
                        return false;
                    }

                    source = source[length..];
                }
            }
        }

        return true;
    }

    /// <summary>
    /// Unpacks one limb of c0 (polynomial 0) or c1 (polynomial 1) to the form in memory, and tells whether every coefficient is in range;
    /// one that is not becomes the last residue.
    /// </summary>
    public static bool TryUnpackLimb(ReadOnlySpan<byte> source, NttPlan ntt, int polynomial, int dropped, Span<ulong> destination)
    {
        int width = CkksParameters.WidthOf(ntt.Modulus) - dropped;
        bool isInRange = BitPackingKernel.Default.TryUnpack(source, width, ntt.Modulus, destination, dropped);
        if (dropped > 0 && polynomial == 1)
        {
            ntt.Forward(destination);
        }

        return isInRange;
    }

    /// <summary>Returns the number of bytes that one packed limb has.</summary>
    public static int LimbLength(CkksParameters parameters, int limb, int dropped)
        => BitPackingKernel.PackedLength(parameters.Degree, CkksParameters.WidthOf(parameters.Moduli[limb]) - dropped);

    /// <summary>Tells whether every coefficient of a number of ciphertexts is in range, without keeping any.</summary>
    public static bool AreInRange(
        ReadOnlySpan<byte> source, CkksRing ring, int ciphertexts, int polynomials, int limbs, DroppedBits dropped)
    {
        // Where all polynomials are packed alike, they are one long run of coefficients.
        int together = polynomials * limbs == 1 ? ciphertexts : 1;
        int coefficients = together * ring.Parameters.Degree;
        bool areInRange = true;
        for (int i = 0; i < ciphertexts * polynomials * limbs && areInRange; i += together)
        {
            ulong modulus = ring.Parameters.Moduli[i % limbs];
            int bits = dropped.Of(i / limbs % polynomials);
            int width = CkksParameters.WidthOf(modulus) - bits;
            int length = BitPackingKernel.PackedLength(coefficients, width);

            // The primes are just below a power of two: where more bits were left out than their distance from it has, the
            // rest of the largest residue is all ones, and no rest exceeds it.
            bool isAnyInRange = (modulus - 1) >> bits == (1UL << width) - 1;
            areInRange = isAnyInRange || BitPackingKernel.Default.AreInRange(source[..length], coefficients, width, modulus, bits);
            source = source[length..];
        }

        return areInRange;
    }
}
