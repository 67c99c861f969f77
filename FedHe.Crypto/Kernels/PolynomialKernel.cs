namespace FedHe.Crypto.Kernels;

/// <summary>
/// Coefficient-wise operations on polynomials modulo one prime p &lt; 2^62. Spans are identical or disjoint and of equal
/// length; values are in [0, p) before and after. No branch and no index depends on a value.
/// </summary>
internal static class PolynomialKernel
{
    /// <summary>accumulator += values.</summary>
    public static void Add(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ulong p)
    {
        values = values[..accumulator.Length];
        for (int i = 0; i < accumulator.Length; i++)
        {
            accumulator[i] = ModularArithmetic.SubtractOnce(accumulator[i] + values[i], p);
        }
    }

    /// <summary>destination = minuend - destination.</summary>
    public static void SubtractFrom(ReadOnlySpan<ulong> minuend, Span<ulong> destination, ulong p)
    {
        minuend = minuend[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = ModularArithmetic.Subtract(minuend[i], destination[i], p);
        }
    }

    /// <summary>accumulator += factor * values.</summary>
    public static void AddScaled(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ShoupFactor factor, ulong p)
    {
        values = values[..accumulator.Length];
        for (int i = 0; i < accumulator.Length; i++)
        {
            accumulator[i] = ModularArithmetic.SubtractOnce(accumulator[i] + factor.Multiply(values[i], p), p);
        }
    }

    /// <summary>values *= factor.</summary>
    public static void Scale(Span<ulong> values, ShoupFactor factor, ulong p)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = factor.Multiply(values[i], p);
        }
    }

    /// <summary>destination = left * right, pointwise.</summary>
    public static void Multiply(ReadOnlySpan<ulong> left, ReadOnlySpan<ShoupFactor> right, Span<ulong> destination, ulong p)
    {
        left = left[..destination.Length];
        right = right[..destination.Length];
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = right[i].Multiply(left[i], p);
        }
    }

    /// <summary>destination = values mod p, for signed values of magnitude below 2^62.</summary>
    public static void ReduceSigned(ReadOnlySpan<long> values, Span<ulong> destination, ulong p)
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

    /// <summary>accumulator += values mod p, for signed values of magnitude below p.</summary>
    public static void AddSmallSigned(Span<ulong> accumulator, ReadOnlySpan<sbyte> values, ulong p)
    {
        values = values[..accumulator.Length];
        for (int i = 0; i < accumulator.Length; i++)
        {
            long value = values[i];
            ulong residue = (ulong)value + (p & (ulong)(value >> 63));
            accumulator[i] = ModularArithmetic.SubtractOnce(accumulator[i] + residue, p);
        }
    }

    /// <summary>destination = values in (-p/2, p/2], as signed integers.</summary>
    public static void Center(ReadOnlySpan<ulong> values, Span<long> destination, ulong p)
    {
        values = values[..destination.Length];
        ulong half = p / 2;
        for (int i = 0; i < destination.Length; i++)
        {
            ulong aboveHalf = (ulong)((long)(half - values[i]) >> 63);
            destination[i] = (long)(values[i] - (p & aboveHalf));
        }
    }
}
