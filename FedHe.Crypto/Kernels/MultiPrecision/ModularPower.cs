namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>A modular power raises every number of a group, in Montgomery form, modulo n^2.</summary>
/// <remarks>
/// Source: Menezes, van Oorschot and Vanstone, "Handbook of Applied Cryptography", algorithms 14.79 (square and multiply) and
/// 14.82 (fixed windows).
/// </remarks>
internal static class ModularPower
{
    private const int WindowBits = 5;
    private const int Window = 1 << WindowBits;

    /// <summary>
    /// The number of groups in the table of <see cref="RaiseToSecret"/>: all powers of a window, and the chosen power.
    /// </summary>
    public const int TableGroups = Window + 1;

    /// <summary>Computes destination = value^exponent in a time that depends on the exponent, which is public.</summary>
    /// <param name="modulus">The modulus.</param>
    /// <param name="value">A group.</param>
    /// <param name="exponent">64-bit words, little-endian; not zero.</param>
    /// <param name="destination">A group other than the value.</param>
    /// <param name="scratch">Scratch of the modulus.</param>
    public static void RaiseInVariableTime(
        SquareModulus modulus,
        ReadOnlySpan<ulong> value,
        ReadOnlySpan<ulong> exponent,
        Span<ulong> destination,
        MontgomeryScratch scratch)
    {
        int top = exponent.Length - 1;
        while (exponent[top] == 0)
        {
            top--;
        }

        value.CopyTo(destination);
        for (int bit = (top * 64) + (63 - (int)ulong.LeadingZeroCount(exponent[top])) - 1; bit >= 0; bit--)
        {
            modulus.Square(destination, destination, scratch);
            if (MultiPrecisionInteger.Bits(exponent, bit, 1) != 0)
            {
                modulus.Multiply(destination, value, destination, scratch);
            }
        }
    }

    /// <summary>Computes destination = value^exponent in a time that depends on the length of the exponent only.</summary>
    /// <remarks>The powers of a window are looked up by reading all of them.</remarks>
    /// <param name="modulus">The modulus.</param>
    /// <param name="value">A group.</param>
    /// <param name="exponent">64-bit words, little-endian; secret, the same for all numbers.</param>
    /// <param name="table">Scratch of <see cref="TableGroups"/> groups.</param>
    /// <param name="destination">A group.</param>
    /// <param name="scratch">Scratch of the modulus.</param>
    public static void RaiseToSecret(
        SquareModulus modulus,
        ReadOnlySpan<ulong> value,
        ReadOnlySpan<ulong> exponent,
        Span<ulong> table,
        Span<ulong> destination,
        MontgomeryScratch scratch)
    {
        int length = modulus.GroupLength;
        Span<ulong> powers = table[..(Window * length)];
        Span<ulong> chosen = table.Slice(Window * length, length);
        modulus.RadixPower(1).CopyTo(powers);
        value.CopyTo(powers.Slice(length, length));
        for (int i = 2; i < Window; i++)
        {
            modulus.Multiply(
                powers.Slice((i - 1) * length, length), powers.Slice(length, length), powers.Slice(i * length, length), scratch);
        }

        int windows = ((exponent.Length * 64) + WindowBits - 1) / WindowBits;
        for (int window = windows - 1; window >= 0; window--)
        {
            MaskedSelection.Select(powers, (int)MultiPrecisionInteger.Bits(exponent, window * WindowBits, WindowBits), chosen);
            if (window == windows - 1)
            {
                chosen.CopyTo(destination);
                continue;
            }

            for (int i = 0; i < WindowBits; i++)
            {
                modulus.Square(destination, destination, scratch);
            }

            modulus.Multiply(destination, chosen, destination, scratch);
        }
    }
}
