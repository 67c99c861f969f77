using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.KeyAdditive.Evaluation;

/// <summary>Word sums have 64 bits each.</summary>
internal sealed class WordSums : CoefficientSums
{
    private readonly int _degree;
    private readonly BlockBuffer _sums;

    public WordSums(int degree, int ciphertexts)
    {
        _degree = degree;
        _sums = new BlockBuffer(ciphertexts * degree);
        _sums.Span.Clear();
    }

    public override void Add(int ciphertext, ReadOnlySpan<byte> packed, SumRange range)
        => PackedSumKernel.Default.Accumulate(packed, range.Width, range.Least, Of(ciphertext));

    public override bool TryPack(int ciphertext, SumRange range, KeyAdditiveWorkspace workspace, Span<byte> destination)
    {
        Span<ulong> codes = workspace.Polynomial;
        if (!PackedSumKernel.Default.TrySubtract(Of(ciphertext), range.Least, range.Count, codes))
        {
            return false;
        }

        BitPackingKernel.Default.Pack(codes, range.Width, destination);
        return true;
    }

    public override void Release() => _sums.Release();

    private Span<ulong> Of(int ciphertext) => _sums.Span.Slice(ciphertext * _degree, _degree);
}
