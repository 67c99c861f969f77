namespace FedHe.MLBridge.Layout;

/// <summary>The rounding of doubles to the floating element types.</summary>
internal static class FloatingFormat
{
    /// <summary>
    /// Converts a double to bfloat16 bits by way of single precision, rounding to nearest with ties to even.
    /// </summary>
    public static ushort ToBFloat16Bits(double value)
    {
        uint bits = BitConverter.SingleToUInt32Bits((float)value);
        if (float.IsNaN((float)value))
        {
            return (ushort)((bits >> 16) | 0x40);
        }

        // Adding just under half a step, plus the last kept bit, carries exactly when the value rounds up.
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public static double FromBFloat16Bits(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounds a double to the nearest number of the element type.</summary>
    public static double Round(ElementType type, double value) => type switch
    {
        ElementType.Float32 => (float)value,
        ElementType.Float16 => (double)(Half)value,
        ElementType.BFloat16 => FromBFloat16Bits(ToBFloat16Bits(value)),
        _ => value,
    };

    /// <summary>
    /// Computes a bound on the rounding error of any number whose magnitude is at most <paramref name="maxAbs"/>.
    /// </summary>
    public static double RoundingError(ElementType type, double maxAbs) => type switch
    {
        ElementType.Float32 => Math.ScaleB(maxAbs, -24) + Math.ScaleB(1, -150),
        ElementType.Float16 => Math.ScaleB(maxAbs, -11) + Math.ScaleB(1, -25),

        // Rounded twice: to single precision, then to 8 significant bits.
        ElementType.BFloat16 => Math.ScaleB(maxAbs, -8) + Math.ScaleB(1, -134) + RoundingError(ElementType.Float32, maxAbs),
        _ => Math.ScaleB(maxAbs, -53) + double.Epsilon,
    };
}
