using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Encoding;

/// <summary>
/// A ternary packing exports a ternary secret at two bits per coefficient, each of which holds a coefficient plus one.
/// </summary>
internal static class TernaryPacking
{
    private const int BitsPerCoefficient = 2;

    public static int LengthOf(int degree) => BitPackingKernel.PackedLength(degree, BitsPerCoefficient);

    /// <summary>Packs coefficients that are -1, 0 or 1.</summary>
    public static void Pack(ReadOnlySpan<sbyte> coefficients, Span<byte> destination)
    {
        ulong[] digits = SecretMemory.Allocate<ulong>(coefficients.Length);
        try
        {
            for (int i = 0; i < digits.Length; i++)
            {
                digits[i] = (ulong)(coefficients[i] + 1);
            }

            BitPackingKernel.Default.Pack(digits, BitsPerCoefficient, destination);
        }
        finally
        {
            SecretMemory.Zero<ulong>(digits);
        }
    }

    /// <summary>Unpacks coefficients, and tells whether each is -1, 0 or 1.</summary>
    /// <param name="source">The packed coefficients.</param>
    /// <param name="scratch">As many words as there are coefficients; the caller zeroes them.</param>
    /// <param name="coefficients">Receives the coefficients.</param>
    public static bool TryUnpack(ReadOnlySpan<byte> source, Span<ulong> scratch, Span<sbyte> coefficients)
    {
        if (!BitPackingKernel.Default.TryUnpack(source, BitsPerCoefficient, modulus: 3, scratch))
        {
            return false;
        }

        for (int i = 0; i < coefficients.Length; i++)
        {
            coefficients[i] = (sbyte)((int)scratch[i] - 1);
        }

        return true;
    }
}
