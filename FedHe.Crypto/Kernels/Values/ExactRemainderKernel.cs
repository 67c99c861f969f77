using System.Numerics;
using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>
/// An exact-remainder kernel puts values as fields into integers m modulo T = 2^L, multiplies them by a modulus q and keeps the remainder
/// modulo T, and takes integers apart again, without a branch on a value.
/// </summary>
internal static class ExactRemainderKernel
{
    // Added to a double of at most 2^51 in magnitude it rounds to the nearest integer, ties to even.
    private const double RoundingShift = 6755399441055744.0;

    /// <summary>Computes coefficients = m*q modulo T in [-T/2, T/2), with m the sum of round(value*scale)*2^(j*FieldBits) over fields j.</summary>
    /// <param name="values">Field 0 of all coefficients, then field 1, and so on.</param>
    /// <param name="scale">The factor of a value before it is rounded; products are below 2^51.</param>
    /// <param name="fields">The fields; their modulus is not used.</param>
    /// <param name="modulus">q modulo 2^64.</param>
    /// <param name="coefficients">Receives the remainders.</param>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Encode(ReadOnlySpan<double> values, double scale, ExactFields fields, ulong modulus, Span<long> coefficients)
    {
        int degree = coefficients.Length;
        int last = values.Length - degree;
        int unused = 64 - fields.LogPlaintextModulus;
        var factor = new Vector<double>(scale);
        var shift = new Vector<double>(RoundingShift);
        var product = new Vector<long>((long)modulus);
        int i = 0;
        for (; i <= degree - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<long> sum = Vector<long>.Zero;
            for (int start = last; start >= 0; start -= degree)
            {
                Vector<double> rounded = (new Vector<double>(values[(start + i)..]) * factor) + shift;
                sum = Vector.ShiftLeft(sum, fields.FieldBits) + (Vector.AsVectorInt64(rounded) - Vector.AsVectorInt64(shift));
            }

            Vector.ShiftRightArithmetic(Vector.ShiftLeft(sum * product, unused), unused).CopyTo(coefficients[i..]);
        }

        for (; i < degree; i++)
        {
            long sum = 0;
            for (int start = last; start >= 0; start -= degree)
            {
                sum = (sum << fields.FieldBits) + (long)Math.Round(values[start + i] * scale);
            }

            coefficients[i] = (sum * (long)modulus) << unused >> unused;
        }
    }

    /// <summary>Computes values = fields of integers, times the inverse scale.</summary>
    /// <param name="integers">Integers m in [-T/2, T/2).</param>
    /// <param name="inverseScale">A power of two.</param>
    /// <param name="fields">The fields; their modulus is not used.</param>
    /// <param name="values">Receives field 0 of all integers, then field 1, and so on to the end of the span.</param>
    [MethodImpl(KernelLoop.Compilation)]
    public static void Decode(ReadOnlySpan<double> integers, double inverseScale, ExactFields fields, Span<double> values)
    {
        int shift = 0;
        for (; !values.IsEmpty; shift += fields.FieldBits)
        {
            Span<double> field = values[..Math.Min(integers.Length, values.Length)];
            Extract(integers[..field.Length], shift, inverseScale, fields, field);
            values = values[field.Length..];
        }
    }

    private static void Extract(ReadOnlySpan<double> integers, int shift, double inverseScale, ExactFields fields, Span<double> values)
    {
        long offset = (long)fields.Offset;
        long mask = (long)fields.FieldMask;
        var offsets = new Vector<long>(offset);
        var masks = new Vector<long>(mask);
        var middles = new Vector<long>(fields.Middle);
        var scales = new Vector<double>(inverseScale);
        int i = 0;
        for (; i <= values.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<long> sum = Vector.ConvertToInt64(new Vector<double>(integers[i..])) + offsets;
            Vector<long> field = (Vector.ShiftRightLogical(sum, shift) & masks) - middles;
            (Vector.ConvertToDouble(field) * scales).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] = (((((long)integers[i] + offset) >>> shift) & mask) - fields.Middle) * inverseScale;
        }
    }
}
