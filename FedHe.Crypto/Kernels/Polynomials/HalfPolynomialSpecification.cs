using System.Diagnostics;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>The specification of coefficient-wise operations in 32 bits: plain loops over 64-bit words.</summary>
internal sealed class HalfPolynomialSpecification : HalfPolynomialKernel
{
    public override void MaskValues(
        ReadOnlySpan<double> values,
        double scale,
        ReadOnlySpan<sbyte> error,
        ReadOnlySpan<uint> mask,
        Span<uint> destination,
        uint p)
    {
        values = values[..destination.Length];
        error = error[..destination.Length];
        mask = mask[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            ulong sum = ModularArithmetic.SubtractOnce(Residue((long)Math.Round(values[i] * scale), p) + Residue(error[i], p), p);
            destination[i] = (uint)ModularArithmetic.Subtract(sum, mask[i], p);
        }
    }

    protected override void UnmaskValuesCore(
        ReadOnlySpan<uint> mask, ReadOnlySpan<uint> code, MaskOpening opening, Span<double> destination, uint p)
    {
        var modulus = new BarrettModulus(p);
        long half = p / 2;
        mask = mask[..destination.Length];
        code = code[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            // Below 2^63 + 2^32.
            long sum = (long)modulus.Reduce(0, ((ulong)opening.Factor * code[i]) + mask[i] + opening.Offset);
            destination[i] = (sum - (p & ((half - sum) >> 63)) + opening.Addend) * opening.InverseScale;
        }
    }

    /// <summary>Reduces a signed value in (-p, p) to [0, p).</summary>
    private static ulong Residue(long value, ulong p)
    {
        Debug.Assert(Math.Abs(value) < (long)p, "The sign of the value decides.");
        return (ulong)value + (p & (ulong)(value >> 63));
    }
}
