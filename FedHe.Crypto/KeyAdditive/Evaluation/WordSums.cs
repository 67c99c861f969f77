using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.KeyAdditive.Evaluation;

/// <summary>Word sums have 64 bits each.</summary>
internal sealed class WordSums(KeyAdditiveRing ring, int ciphertexts) : CoefficientSums(ring, ciphertexts)
{
    private readonly int _degree = ring.Degree;

    public override bool TrySet(int ciphertext, ReadOnlySpan<byte> packed, SumRange range)
        => PackedSumKernel.Default.TryRestore(packed, range.Width, range.Count, shift: 0, range.Least, Of(ciphertext));

    public override void Add(int ciphertext, ReadOnlySpan<byte> packed, SumRange range)
        => PackedSumKernel.Default.Accumulate(packed, range.Width, range.Least, Of(ciphertext));

    protected override bool TrySubtract(int ciphertext, SumRange range, KeyAdditiveWorkspace workspace)
        => PackedSumKernel.Default.TrySubtract(Of(ciphertext), range.Least, range.Count, workspace.Polynomial);

    protected override void PackCodes(SumRange range, KeyAdditiveWorkspace workspace, Span<byte> destination)
        => BitPackingKernel.Default.Pack(workspace.Polynomial, range.Width, destination);

    private Span<ulong> Of(int ciphertext) => Buffer.Span.Slice(ciphertext * _degree, _degree);
}
