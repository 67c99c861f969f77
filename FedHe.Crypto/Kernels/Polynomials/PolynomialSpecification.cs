using System.Diagnostics;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>The specification of coefficient-wise operations: plain loops over 64-bit words.</summary>
internal sealed class PolynomialSpecification : PolynomialKernel
{
    public override void Add(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ulong p)
    {
        values = values[..accumulator.Length];
        for (int i = 0; i < accumulator.Length; i++)
        {
            accumulator[i] = ModularArithmetic.SubtractOnce(accumulator[i] + values[i], p);
        }
    }

    public override void SubtractFrom(ReadOnlySpan<ulong> minuend, Span<ulong> destination, ulong p)
    {
        minuend = minuend[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = ModularArithmetic.Subtract(minuend[i], destination[i], p);
        }
    }

    public override void AddScaled(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ShoupFactor factor, ulong p)
    {
        values = values[..accumulator.Length];
        for (int i = 0; i < accumulator.Length; i++)
        {
            accumulator[i] = ModularArithmetic.SubtractOnce(accumulator[i] + factor.Multiply(values[i], p), p);
        }
    }

    public override void Scale(Span<ulong> values, ShoupFactor factor, ulong p)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = factor.Multiply(values[i], p);
        }
    }

    public override void Multiply(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination, ulong p)
    {
        left = left[..destination.Length];
        ReadOnlySpan<ulong> values = right.Values[..destination.Length];
        ReadOnlySpan<ulong> quotients = right.Quotients[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = new ShoupFactor(values[i], quotients[i]).Multiply(left[i], p);
        }
    }

    public override void ReduceSigned(ReadOnlySpan<long> values, Span<ulong> destination, ulong p)
    {
        values = values[..destination.Length];
        var one = ShoupFactor.Create(1, p);
        for (int i = 0; i < destination.Length; i++)
        {
            long value = values[i];
            long sign = value >> 63;
            ulong magnitude = (ulong)((value ^ sign) - sign);
            ulong residue = one.Multiply(magnitude, p);
            ulong negated = ModularArithmetic.Subtract(0, residue, p);
            destination[i] = residue ^ ((residue ^ negated) & (ulong)sign);
        }
    }

    public override void AddSmallSigned(Span<ulong> accumulator, ReadOnlySpan<sbyte> values, ulong p)
    {
        values = values[..accumulator.Length];
        for (int i = 0; i < accumulator.Length; i++)
        {
            accumulator[i] = ModularArithmetic.SubtractOnce(accumulator[i] + Residue(values[i], p), p);
        }
    }

    public override void MaskMessage(
        ReadOnlySpan<long> message, ReadOnlySpan<sbyte> error, ReadOnlySpan<ulong> mask, Span<ulong> destination, ulong p)
    {
        message = message[..destination.Length];
        error = error[..destination.Length];
        mask = mask[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            ulong sum = ModularArithmetic.SubtractOnce(Residue(message[i], p) + Residue(error[i], p), p);
            destination[i] = ModularArithmetic.Subtract(sum, mask[i], p);
        }
    }

    public override void Center(ReadOnlySpan<ulong> values, Span<long> destination, ulong p)
    {
        ulong half = p / 2;
        values = values[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            ulong aboveHalf = (ulong)((long)(half - values[i]) >> 63);
            destination[i] = (long)(values[i] - (p & aboveHalf));
        }
    }

    public override void UnmaskSum(
        ReadOnlySpan<ulong> mask, ReadOnlySpan<ulong> sum, double addend, double inverseScale, Span<double> destination, ulong p)
    {
        var modulus = new BarrettModulus(p);
        ulong half = p / 2;
        mask = mask[..destination.Length];
        sum = sum[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            ulong residue = modulus.Reduce(0, mask[i] + sum[i]);
            ulong aboveHalf = (ulong)((long)(half - residue) >> 63);
            destination[i] = ((long)(residue - (p & aboveHalf)) + addend) * inverseScale;
        }
    }

    public override void CenterToReal(ReadOnlySpan<ulong> values, Span<double> destination, ulong p)
    {
        ulong half = p / 2;
        values = values[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            ulong aboveHalf = (ulong)((long)(half - values[i]) >> 63);
            destination[i] = (long)(values[i] - (p & aboveHalf));
        }
    }

    /// <summary>Reduces a signed value in (-p, p) to [0, p).</summary>
    private static ulong Residue(long value, ulong p)
    {
        Debug.Assert(Math.Abs(value) < (long)p, "The sign of the value decides.");
        return (ulong)value + (p & (ulong)(value >> 63));
    }
}
