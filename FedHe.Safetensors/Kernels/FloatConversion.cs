using System.Numerics.Tensors;

namespace FedHe.Safetensors.Kernels;

/// <summary>Conversions between doubles and the floating types of files.</summary>
/// <remarks>
/// Narrowing rounds once, to the nearest number with ties to even. The framework converts all types but bfloat16, which .NET 10
/// does not have.
/// </remarks>
internal static class FloatConversion
{
    private const int BFloat16Exponent = 0x7F80;

    public static void Widen(ReadOnlySpan<Half> values, Span<double> destination) => TensorPrimitives.ConvertChecked(values, destination);

    public static void WidenBFloat16(ReadOnlySpan<ushort> bits, Span<double> destination)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
        }
    }

    public static void Narrow(ReadOnlySpan<double> values, Span<float> destination) => TensorPrimitives.ConvertTruncating(values, destination);

    public static void Narrow(ReadOnlySpan<double> values, Span<Half> destination) => TensorPrimitives.ConvertTruncating(values, destination);

    public static void NarrowToBFloat16(ReadOnlySpan<double> values, Span<ushort> destination)
    {
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = ToBFloat16(values[i]);
        }
    }

    /// <summary>Returns the index of the first bfloat16 number that is infinite or NaN, or -1.</summary>
    public static int IndexOfNotFiniteBFloat16(ReadOnlySpan<ushort> bits)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            if ((bits[i] & BFloat16Exponent) == BFloat16Exponent)
            {
                return i;
            }
        }

        return -1;
    }

    private static ushort ToBFloat16(double value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(RoundToOdd(value));
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>
    /// Cuts a finite double to single precision and sets the last bit where anything was cut off, so that rounding once more gives
    /// what rounding the double itself would give.
    /// </summary>
    private static float RoundToOdd(double value)
    {
        float nearest = (float)value;
        if ((double)nearest == value)
        {
            return nearest;
        }

        uint bits = BitConverter.SingleToUInt32Bits(nearest);
        if (Math.Abs((double)nearest) > Math.Abs(value))
        {
            bits--;
        }

        return BitConverter.UInt32BitsToSingle(bits | 1);
    }
}
