using System.Diagnostics;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>The specification of coefficient-wise operations in 32 bits: plain loops over 64-bit words.</summary>
internal sealed class HalfPolynomialSpecification : HalfPolynomialKernel
{
    public override void MaskMessage(
        ReadOnlySpan<long> message, ReadOnlySpan<sbyte> error, ReadOnlySpan<uint> mask, Span<uint> destination, uint p)
    {
        message = message[..destination.Length];
        error = error[..destination.Length];
        mask = mask[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            ulong sum = ModularArithmetic.SubtractOnce(Residue(message[i], p) + Residue(error[i], p), p);
            destination[i] = (uint)ModularArithmetic.Subtract(sum, mask[i], p);
        }
    }

    protected override void UnmaskCore(
        ReadOnlySpan<uint> mask, ReadOnlySpan<uint> code, uint factor, uint offset, Span<double> destination, uint p)
    {
        var modulus = new BarrettModulus(p);
        long half = p / 2;
        mask = mask[..destination.Length];
        code = code[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            long sum = (long)modulus.Reduce(0, ((ulong)factor * code[i]) + mask[i] + offset); // below 2^63 + 2^32
            destination[i] = sum - (p & ((half - sum) >> 63));
        }
    }

    /// <summary>Reduces a signed value in (-p, p) to [0, p).</summary>
    private static ulong Residue(long value, ulong p)
    {
        Debug.Assert(Math.Abs(value) < (long)p, "The sign of the value decides.");
        return (ulong)value + (p & (ulong)(value >> 63));
    }
}
