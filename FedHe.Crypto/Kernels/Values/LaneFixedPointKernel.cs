using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Values;

/// <summary>The lane kernel of fixed-point conversion converts a register of values at a time.</summary>
internal sealed class LaneFixedPointKernel<TReal, TWord> : FixedPointKernel
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    // Added to a double below 2^51 it rounds to the nearest integer, ties to even.
    private const double RoundingShift = 6755399441055744.0;
    private const int LogSplit = 32;
    private const double Split = 1L << LogSplit;

    private readonly FixedPointSpecification _specification = new();

    // x = high*2^32 + low exactly, with high the nearest integer and low in [-2^31, 2^31]. Rounding low rounds x, and both
    // halves appear as integers in the low bits of a double.
    [MethodImpl(KernelLoop.Compilation)]
    public override void Encode(ReadOnlySpan<double> values, double scale, Span<long> coefficients)
    {
        int whole = coefficients.Length & -TReal.Count;
        ref double source = ref MemoryMarshal.GetReference(values[..coefficients.Length]);
        ref ulong result = ref Unsafe.As<long, ulong>(ref MemoryMarshal.GetReference(coefficients));
        var factor = TReal.Create(scale);
        var shift = TReal.Create(RoundingShift);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TReal.Count)
        {
            TReal x = TReal.Load(ref source, i) * factor;
            TReal high = (x * TReal.Create(1 / Split)) + shift;
            TReal low = x - ((high - shift) * TReal.Create(Split)) + shift;
            TWord upper = TWord.ShiftLeft(TReal.AsWords(high), LogSplit);
            TWord lower = TReal.AsWords(low) - TReal.AsWords(shift);
            TWord.Store(upper + lower, ref result, i);
        }

        _specification.Encode(values[whole..], scale, coefficients[whole..]);
    }

    [MethodImpl(KernelLoop.Compilation)]
    public override void Decode(ReadOnlySpan<double> coefficients, double inverseScale, Span<double> values)
    {
        int whole = values.Length & -TReal.Count;
        ref double source = ref MemoryMarshal.GetReference(coefficients[..values.Length]);
        ref double result = ref MemoryMarshal.GetReference(values);
        var factor = TReal.Create(inverseScale);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TReal.Count)
        {
            TReal.Store(TReal.Load(ref source, i) * factor, ref result, i);
        }

        _specification.Decode(coefficients[whole..], inverseScale, values[whole..]);
    }
}
