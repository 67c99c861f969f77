using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.KeyAdditive.Evaluation;

/// <summary>Half sums have 32 bits each.</summary>
internal sealed class HalfSums(KeyAdditiveRing ring, int ciphertexts) : CoefficientSums(ring, ciphertexts)
{
    private readonly int _degree = ring.Degree;

    public override bool TrySet(int ciphertext, ReadOnlySpan<byte> packed, SumRange range)
    {
        Span<uint> sums = Of(ciphertext);
        if (range.Least == 0)
        {
            // To write is faster than to clear and add, and an upload has no least number.
            return HalfPackingKernel.Default.TryUnpack(packed, range.Width, range.Count, sums);
        }

        sums.Clear();
        Add(ciphertext, packed, range);
        return true;
    }

    public override void Add(int ciphertext, ReadOnlySpan<byte> packed, SumRange range)
        => HalfSumKernel.Default.Accumulate(packed, range.Width, (uint)range.Least, Of(ciphertext));

    protected override bool TrySubtract(int ciphertext, SumRange range, KeyAdditiveWorkspace workspace)
        => HalfSumKernel.Default.TrySubtract(Of(ciphertext), (uint)range.Least, range.Count, workspace.HalfPolynomial);

    protected override void PackCodes(SumRange range, KeyAdditiveWorkspace workspace, Span<byte> destination)
        => HalfPackingKernel.Default.Pack(workspace.HalfPolynomial, range.Width, destination);

    private Span<uint> Of(int ciphertext) => HalfWords.AllOf(Buffer.Span).Slice(ciphertext * _degree, _degree);
}
