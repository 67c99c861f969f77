using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>The lane kernel of exact integers encodes and decodes a register of coefficients at a time.</summary>
/// <remarks>
/// Products have 98 bits and are computed as a rounded double and its exact error. Encoding: m*p = h + l exactly, in a multiplication and a fused one. With hi = h/T and lo = l/T, |hi| is below 2^50 and
/// |lo| at most 1/16; t = (hi - round(hi)) + lo is a multiple of 1/T of magnitude below 1, so exact, and floor(t + 1/2) is
/// -1, 0 or 1, told by the signs of t + 1/2 and t - 1/2. Decoding: n = round(x*T/p) in floating point is off by at most
/// one; the distance n*p - x*T is an integer below p, exact in a fused multiplication, and tells by its sign what to correct.
/// </remarks>
internal sealed class LaneExactIntegerKernel<TReal, TWord> : ExactIntegerKernel
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    // Added to a double below 2^51 it rounds to the nearest integer, ties to even.
    private const double RoundingShift = 6755399441055744.0;

    // 2^52 in the same bits as an integer below 2^52 is that integer's double, 2^52 too large.
    private const double IntegerShift = 4503599627370496.0;

    private readonly ExactIntegerSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    public override void Encode(ReadOnlySpan<double> values, double scale, ExactFields fields, Span<long> coefficients)
    {
        if (coefficients.Length % TReal.Count != 0)
        {
            _specification.Encode(values, scale, fields, coefficients);
            return;
        }

        values = values[..(fields.Count * coefficients.Length)];
        ref double source = ref MemoryMarshal.GetReference(values);
        ref ulong result = ref Unsafe.As<long, ulong>(ref MemoryMarshal.GetReference(coefficients));
        nuint degree = (nuint)coefficients.Length;
        nuint last = (nuint)values.Length - degree;
        var factor = TReal.Create(scale);
        var shift = TReal.Create(RoundingShift);
        var mask = TWord.Create(fields.PlaintextMask);
        for (nuint i = 0; i < degree; i += (nuint)TReal.Count)
        {
            TWord sum = Round(TReal.Load(ref source, last + i) * factor, shift);
            for (nuint start = last; start > 0; start -= degree)
            {
                TReal lower = TReal.Load(ref source, start - degree + i) * factor;
                sum = TWord.ShiftLeft(sum, fields.FieldBits) + Round(lower, shift);
            }

            TWord.Store(Spread(sum & mask, fields, shift), ref result, i);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    public override void Decode(Span<double> coefficients, double inverseScale, ExactFields fields, Span<double> values)
    {
        if (coefficients.Length % TReal.Count != 0)
        {
            _specification.Decode(coefficients, inverseScale, fields, values);
            return;
        }

        Gather(coefficients, fields);
        Span<ulong> integers = MemoryMarshal.Cast<double, ulong>(coefficients);
        for (int start = 0, shift = 0; start < values.Length; start += integers.Length, shift += fields.FieldBits)
        {
            Span<double> field = values[start..Math.Min(start + integers.Length, values.Length)];
            Extract(integers[..field.Length], shift, fields, inverseScale, field);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord Round(TReal value, TReal shift) => TReal.AsWords(value + shift) - TReal.AsWords(shift);

    /// <summary>Returns 1 where a number is below zero, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord IsNegative(TReal value) => TWord.ShiftRight(TReal.AsWords(value), 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord Spread(TWord plaintext, ExactFields fields, TReal shift)
    {
        var modulus = TReal.Create(fields.Modulus);
        var unit = TReal.Create(Math.ScaleB(1, -fields.LogPlaintextModulus));
        var half = TReal.Create(0.5);
        TReal integer = ModularLane<TReal, TWord>.ToReal(plaintext);
        TReal product = integer * modulus; // h
        TReal error = TReal.MultiplySubtract(integer, modulus, product); // l = m*p - h
        TReal high = product * unit; // h/T
        TReal shifted = high + shift;
        TReal rest = high - (shifted - shift) + (error * unit); // t = (h/T - round(h/T)) + l/T
        TWord rounded = TReal.AsWords(shifted) - TReal.AsWords(shift);
        return rounded + TWord.Create(1) - IsNegative(rest + half) - IsNegative(rest - half); // round(h/T) + floor(t + 1/2)
    }

    /// <summary>Replaces coefficients by the integers that they encode, with the middle of every field added.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private static void Gather(Span<double> coefficients, ExactFields fields)
    {
        ref double source = ref MemoryMarshal.GetReference(coefficients);
        ref ulong result = ref Unsafe.As<double, ulong>(ref source);
        double scale = Math.ScaleB(1, fields.LogPlaintextModulus);
        var plaintextModulus = TReal.Create(scale);
        var ratio = TReal.Create(scale / fields.Modulus);
        var modulus = TReal.Create(fields.Modulus);
        var shift = TReal.Create(RoundingShift);
        var offset = TWord.Create(fields.Offset);
        for (nuint i = 0; i < (nuint)coefficients.Length; i += (nuint)TReal.Count)
        {
            TReal x = TReal.Load(ref source, i);
            TReal shifted = (x * ratio) + shift; // n = round(x*T/p)
            TReal distance = TReal.MultiplySubtract(shifted - shift, modulus, x * plaintextModulus); // n*p - x*T
            TReal twice = distance + distance;
            TWord tooLarge = IsNegative(modulus - twice);
            TWord tooSmall = IsNegative(modulus + twice);
            TWord integer = TReal.AsWords(shifted) - TReal.AsWords(shift) + tooSmall - tooLarge;
            TWord.Store(integer + offset, ref result, i);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void Extract(ReadOnlySpan<ulong> integers, int shift, ExactFields fields, double inverseScale, Span<double> values)
    {
        int whole = values.Length & -TReal.Count;
        ref ulong source = ref MemoryMarshal.GetReference(integers[..values.Length]);
        ref double result = ref MemoryMarshal.GetReference(values);
        var mask = TWord.Create(fields.FieldMask);
        var exponent = TReal.AsWords(TReal.Create(IntegerShift));
        var middle = TReal.Create(IntegerShift + fields.Middle);
        var scale = TReal.Create(inverseScale);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TReal.Count)
        {
            TWord field = TWord.ShiftRight(TWord.Load(ref source, i), shift) & mask;
            TReal.Store((TReal.FromWords(field | exponent) - middle) * scale, ref result, i);
        }

        for (int i = whole; i < values.Length; i++)
        {
            values[i] = ((long)((integers[i] >> shift) & fields.FieldMask) - fields.Middle) * inverseScale;
        }
    }
}
