using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.KeyAdditive.Ring;

/// <summary>A word key mask computes on words of 64 bits, for every modulus and every encoding.</summary>
internal sealed class WordKeyMask : KeyMask
{
    private readonly KeyAdditiveRing _ring;
    private readonly FixedFactorBuffer _transformed;

    public WordKeyMask(KeyAdditiveRing ring, ReadOnlySpan<long> coefficients)
    {
        _ring = ring;
        _transformed = new FixedFactorBuffer(ring.Degree);
        using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
        ring.TransformKey(coefficients, workspace.Polynomial);
        _transformed.Set(workspace.Polynomial, ring.Modulus);
    }

    /// <summary>The transform of the key.</summary>
    public FixedFactors Transformed => _transformed.Factors;

    public override void Encrypt(
        PublicPolynomials polynomials,
        int index,
        ReadOnlySpan<double> values,
        KeyAdditiveWorkspace workspace,
        Span<byte> destination)
    {
        KeyAdditiveParameters parameters = _ring.Parameters;
        Span<ulong> coefficients = workspace.Polynomial;
        _ring.Packing.Encode(values, workspace.Coefficients); // m
        polynomials.Expand(index, workspace.Expansion, coefficients); // a, transformed
        _ring.Transform.InverseOfProduct(coefficients, Transformed, coefficients); // a*s
        PolynomialKernel.Default.MaskMessage(
            workspace.Coefficients, workspace.Error, coefficients, coefficients, _ring.Modulus); // c = e + m - a*s
        BitPackingKernel.Default.Pack(coefficients, parameters.KeptBits, destination, parameters.DroppedBits);
    }

    public override bool TryDecrypt(
        PublicPolynomials polynomials, int index, PackedSum sum, KeyAdditiveWorkspace workspace, Span<double> values)
    {
        int dropped = _ring.Parameters.DroppedBits;
        ulong offset = sum.OffsetOf(dropped);
        Span<ulong> mask = workspace.Polynomial;
        Span<ulong> restored = workspace.SecondPolynomial;
        polynomials.Expand(index, workspace.Expansion, mask); // a, transformed
        _ring.Transform.InverseOfProduct(mask, Transformed, mask); // a*s
        bool isInRange = PackedSumKernel.Default.TryRestore(sum.Codes, sum.Range.Width, sum.Range.Count, dropped, offset, restored);

        // Nearly never: else the sum with a*s needs no reduction before.
        if (((sum.Range.Count << dropped) + offset) >= PolynomialKernel.MaxSum - _ring.Modulus)
        {
            PolynomialKernel.Default.ReduceSigned(PolynomialKernel.AsSigned(restored), restored, _ring.Modulus);
        }

        if (_ring.Parameters.ValueEncoding == KeyAdditiveEncoding.FixedPoint)
        {
            PolynomialKernel.Default.UnmaskSum(
                mask, restored, sum.RestOf(dropped), inverseScale: 1.0 / _ring.Parameters.Scale, values, _ring.Modulus);
            return isInRange;
        }

        // Exact integers leave the half to the rounding.
        Span<double> coefficients = workspace.Values.Span[.._ring.Degree];
        PolynomialKernel.Default.UnmaskSum(mask, restored, addend: 0, inverseScale: 1, coefficients, _ring.Modulus);
        _ring.Packing.Decode(coefficients, values);
        return isInRange;
    }

    public override void Zero() => _transformed.Zero();
}
