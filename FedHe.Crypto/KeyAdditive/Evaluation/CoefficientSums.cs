using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.KeyAdditive.Evaluation;

/// <summary>Coefficient sums are the integer sums of the coefficients of uploads, in words as short as the largest sum allows.</summary>
internal abstract class CoefficientSums
{
    /// <summary>Computes the bytes of one sum.</summary>
    public static int SizeInBytes(KeyAdditiveParameters parameters) => AreHalf(parameters) ? sizeof(uint) : sizeof(ulong);

    /// <summary>Rents memory for the sums of ciphertexts, which are zero.</summary>
    /// <param name="ring">The ring of the ciphertexts.</param>
    /// <param name="ciphertexts">The number of ciphertexts, whose coefficients are fewer than an array may have elements.</param>
    public static CoefficientSums Create(KeyAdditiveRing ring, int ciphertexts)
        => AreHalf(ring.Parameters)
            ? new HalfSums(ring.Degree, ciphertexts)
            : new WordSums(ring.Degree, ciphertexts);

    /// <summary>Adds the coefficients of one ciphertext, as they travel in a range.</summary>
    public abstract void Add(int ciphertext, ReadOnlySpan<byte> packed, SumRange range);

    /// <summary>Packs the sums of one ciphertext in a range, or returns false where one of them is outside.</summary>
    public abstract bool TryPack(int ciphertext, SumRange range, KeyAdditiveWorkspace workspace, Span<byte> destination);

    /// <summary>Returns the memory.</summary>
    public abstract void Release();

    /// <summary>Tells whether the largest sum fits 32 bits.</summary>
    private static bool AreHalf(KeyAdditiveParameters parameters)
        => SumRange.Full(parameters, parameters.MaxContributors).Width <= HalfPackingKernel.MaxWidth;
}
