using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;

namespace FedHe.Crypto.KeyAdditive.Evaluation;

/// <summary>Half sums have 32 bits each.</summary>
internal sealed class HalfSums : CoefficientSums
{
    private readonly int _degree;
    private readonly BlockBuffer _sums;

    public HalfSums(int degree, int ciphertexts)
    {
        _degree = degree;
        _sums = new BlockBuffer(ciphertexts * degree / 2);
        _sums.Span.Clear();
    }

    public override void Add(int ciphertext, ReadOnlySpan<byte> packed, SumRange range)
        => HalfSumKernel.Default.Accumulate(packed, range.Width, (uint)range.Least, Of(ciphertext));

    public override bool TryPack(int ciphertext, SumRange range, KeyAdditiveWorkspace workspace, Span<byte> destination)
    {
        Span<uint> codes = workspace.HalfPolynomial;
        if (!HalfSumKernel.Default.TrySubtract(Of(ciphertext), (uint)range.Least, range.Count, codes))
        {
            return false;
        }

        HalfPackingKernel.Default.Pack(codes, range.Width, destination);
        return true;
    }

    public override void Release() => _sums.Release();

    private Span<uint> Of(int ciphertext) => HalfWords.AllOf(_sums.Span).Slice(ciphertext * _degree, _degree);
}
