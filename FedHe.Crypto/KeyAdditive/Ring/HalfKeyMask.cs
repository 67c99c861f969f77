using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.Kernels.Modular;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.KeyAdditive.Ring;

/// <summary>
/// A half key mask computes on halves of words, 32 bits, of which a register holds twice as many, and encodes values in fixed
/// point on the way.
/// </summary>
internal sealed class HalfKeyMask : KeyMask
{
    private readonly KeyAdditiveParameters _parameters;
    private readonly HalfNttKernel _transform;
    private readonly uint _modulus;
    private readonly HalfFactorBuffer _transformed;

    public HalfKeyMask(KeyAdditiveRing ring, HalfNttKernel transform, ReadOnlySpan<long> coefficients)
    {
        _parameters = ring.Parameters;
        _transform = transform;
        _modulus = (uint)ring.Modulus;
        _transformed = new HalfFactorBuffer(ring.Degree);
        using KeyAdditiveWorkspace workspace = ring.Workspaces.Rent();
        ring.TransformKey(coefficients, workspace.Polynomial);
        _transformed.Set(workspace.Polynomial, ring.Modulus);
    }

    /// <summary>The transform of the key.</summary>
    public HalfFactors Transformed => _transformed.Factors;

    /// <summary>Tells whether values are encoded in fixed point, and all residues and all codes of sums have 32 bits.</summary>
    public static bool Fits(KeyAdditiveParameters parameters) => parameters.ValueEncoding == KeyAdditiveEncoding.FixedPoint
        && parameters.Modulus < HalfNttKernel.MaxModulus
        && SumRange.Full(parameters, parameters.MaxContributors).Width <= HalfPackingKernel.MaxWidth;

    public override void Encrypt(
        PublicPolynomials polynomials,
        int index,
        ReadOnlySpan<double> values,
        KeyAdditiveWorkspace workspace,
        Span<byte> destination)
    {
        Span<uint> coefficients = workspace.HalfPolynomial;
        polynomials.Expand(index, workspace.Expansion, coefficients); // a, transformed
        _transform.InverseOfProduct(coefficients, Transformed, coefficients); // a*s
        HalfPolynomialKernel.Default.MaskValues(
            values, _parameters.Scale, workspace.Error, coefficients, coefficients, _modulus); // c = e + m - a*s
        HalfPackingKernel.Default.Pack(coefficients, _parameters.KeptBits, destination, _parameters.DroppedBits);
    }

    public override bool TryDecrypt(
        PublicPolynomials polynomials, int index, PackedSum sum, KeyAdditiveWorkspace workspace, Span<double> values)
    {
        int dropped = _parameters.DroppedBits;
        Span<uint> mask = workspace.HalfPolynomial;
        Span<uint> codes = workspace.SecondHalfPolynomial;
        polynomials.Expand(index, workspace.Expansion, mask); // a, transformed
        _transform.InverseOfProduct(mask, Transformed, mask); // a*s
        bool isInRange = HalfPackingKernel.Default.TryUnpack(sum.Codes, sum.Range.Width, sum.Range.Count, codes);
        var opening = new MaskOpening(
            Factor: (uint)((1UL << dropped) % _modulus),
            Offset: (uint)(sum.OffsetOf(dropped) % _modulus),
            Addend: sum.RestOf(dropped),
            InverseScale: 1.0 / _parameters.Scale);
        HalfPolynomialKernel.Default.UnmaskValues(mask, codes, opening, values, _modulus);
        return isInRange;
    }

    public override void Zero() => _transformed.Zero();
}
