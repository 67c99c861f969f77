using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>
/// Coefficient-wise operations in lanes: sums on words, products on doubles. What does not fill a register at the end of
/// a span goes to the specification.
/// </summary>
internal sealed partial class LanePolynomialKernel<TReal, TWord> : PolynomialKernel
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    private readonly PolynomialSpecification _specification = new();

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Add(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ulong p)
    {
        int whole = Whole(accumulator.Length);
        ref ulong sum = ref MemoryMarshal.GetReference(accumulator);
        ref ulong addend = ref MemoryMarshal.GetReference(values[..accumulator.Length]);
        var modulus = TWord.Create(p);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord difference = TWord.Load(ref sum, i) + TWord.Load(ref addend, i) - modulus;
            TWord.Store(TWord.AddWhereNegative(difference, modulus), ref sum, i);
        }

        _specification.Add(accumulator[whole..], values[whole..], p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void SubtractFrom(ReadOnlySpan<ulong> minuend, Span<ulong> destination, ulong p)
    {
        int whole = Whole(destination.Length);
        ref ulong left = ref MemoryMarshal.GetReference(minuend[..destination.Length]);
        ref ulong right = ref MemoryMarshal.GetReference(destination);
        var modulus = TWord.Create(p);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord difference = TWord.Load(ref left, i) - TWord.Load(ref right, i);
            TWord.Store(TWord.AddWhereNegative(difference, modulus), ref right, i);
        }

        _specification.SubtractFrom(minuend[whole..], destination[whole..], p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void AddSmallSigned(Span<ulong> accumulator, ReadOnlySpan<sbyte> values, ulong p)
    {
        int whole = Whole(accumulator.Length);
        ref ulong sum = ref MemoryMarshal.GetReference(accumulator);
        ref sbyte addend = ref MemoryMarshal.GetReference(values[..accumulator.Length]);
        var modulus = TWord.Create(p);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord residue = TWord.AddWhereNegative(TWord.LoadSmallSigned(ref addend, i), modulus);
            TWord difference = TWord.Load(ref sum, i) + residue - modulus;
            TWord.Store(TWord.AddWhereNegative(difference, modulus), ref sum, i);
        }

        _specification.AddSmallSigned(accumulator[whole..], values[whole..], p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void MaskMessage(
        ReadOnlySpan<long> message, ReadOnlySpan<sbyte> error, ReadOnlySpan<ulong> mask, Span<ulong> destination, ulong p)
    {
        int whole = Whole(destination.Length);
        ref ulong plain = ref Unsafe.As<long, ulong>(ref MemoryMarshal.GetReference(message[..destination.Length]));
        ref sbyte noise = ref MemoryMarshal.GetReference(error[..destination.Length]);
        ref ulong cover = ref MemoryMarshal.GetReference(mask[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var modulus = TWord.Create(p);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord sum = TWord.AddWhereNegative(TWord.Load(ref plain, i), modulus)
                + TWord.AddWhereNegative(TWord.LoadSmallSigned(ref noise, i), modulus)
                - modulus;
            TWord difference = TWord.AddWhereNegative(sum, modulus) - TWord.Load(ref cover, i);
            TWord.Store(TWord.AddWhereNegative(difference, modulus), ref result, i);
        }

        _specification.MaskMessage(message[whole..], error[whole..], mask[whole..], destination[whole..], p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Center(ReadOnlySpan<ulong> values, Span<long> destination, ulong p)
    {
        int whole = Whole(destination.Length);
        ref ulong source = ref MemoryMarshal.GetReference(values[..destination.Length]);
        ref ulong result = ref Unsafe.As<long, ulong>(ref MemoryMarshal.GetReference(destination));
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord.Store(Centred(TWord.Load(ref source, i), p), ref result, i);
        }

        _specification.Center(values[whole..], destination[whole..], p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void CenterSumToReal(
        ReadOnlySpan<ulong> values, ReadOnlySpan<ulong> addend, Span<double> destination, ulong p)
    {
        int whole = Whole(destination.Length);
        ref ulong left = ref MemoryMarshal.GetReference(values[..destination.Length]);
        ref ulong right = ref MemoryMarshal.GetReference(addend[..destination.Length]);
        ref double result = ref MemoryMarshal.GetReference(destination);
        var modulus = TWord.Create(p);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TWord difference = TWord.Load(ref left, i) + TWord.Load(ref right, i) - modulus;
            TWord sum = TWord.AddWhereNegative(difference, modulus);
            TReal.Store(ModularLane<TReal, TWord>.SignedToReal(Centred(sum, p)), ref result, i);
        }

        _specification.CenterSumToReal(values[whole..], addend[whole..], destination[whole..], p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void CenterToReal(ReadOnlySpan<ulong> values, Span<double> destination, ulong p)
    {
        int whole = Whole(destination.Length);
        ref ulong source = ref MemoryMarshal.GetReference(values[..destination.Length]);
        ref double result = ref MemoryMarshal.GetReference(destination);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TWord.Count)
        {
            TReal real = ModularLane<TReal, TWord>.SignedToReal(Centred(TWord.Load(ref source, i), p));
            TReal.Store(real, ref result, i);
        }

        _specification.CenterToReal(values[whole..], destination[whole..], p);
    }

    /// <summary>x - p where x exceeds p/2: the sign of p/2 - x decides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord Centred(TWord x, ulong p)
    {
        TWord distance = TWord.Create(p / 2) - x;
        return TWord.Create(p / 2) - TWord.AddWhereNegative(distance, TWord.Create(p));
    }

    private static int Whole(int length) => length & -TReal.Count;
}
