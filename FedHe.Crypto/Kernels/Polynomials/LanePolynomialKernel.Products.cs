using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>
/// Products: both factors are residues below p, so that lazy results have magnitude below 3/4 of p (see
/// <see cref="ModularLane{TReal, TWord}"/> with alpha = omega = 1).
/// </summary>
internal sealed partial class LanePolynomialKernel<TReal, TWord>
{
    private const int LogSplit = 31;
    private const int LogLargeModulus = 40;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void AddScaled(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ShoupFactor factor, ulong p)
    {
        if (factor.Value == 1)
        {
            Add(accumulator, values, p);
            return;
        }

        int whole = Whole(accumulator.Length);
        ref ulong sum = ref MemoryMarshal.GetReference(accumulator);
        ref ulong source = ref MemoryMarshal.GetReference(values[..accumulator.Length]);
        var modulus = new ModularLane<TReal, TWord>(p);
        var scale = TReal.Create(factor.Value);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TReal.Count)
        {
            TReal product = modulus.Multiply(ModularLane<TReal, TWord>.Load(ref source, i), scale);
            TReal total = ModularLane<TReal, TWord>.Load(ref sum, i) + product;
            modulus.Store(modulus.Reduce(total), ref sum, i);
        }

        _specification.AddScaled(accumulator[whole..], values[whole..], factor, p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Scale(Span<ulong> values, ShoupFactor factor, ulong p)
    {
        if (factor.Value == 1)
        {
            return;
        }

        int whole = Whole(values.Length);
        ref ulong source = ref MemoryMarshal.GetReference(values);
        var modulus = new ModularLane<TReal, TWord>(p);
        var scale = TReal.Create(factor.Value);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TReal.Count)
        {
            modulus.Store(modulus.Multiply(ModularLane<TReal, TWord>.Load(ref source, i), scale), ref source, i);
        }

        _specification.Scale(values[whole..], factor, p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Multiply(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination, ulong p)
    {
        int whole = Whole(destination.Length);
        ref ulong source = ref MemoryMarshal.GetReference(left[..destination.Length]);
        ref ulong factors = ref MemoryMarshal.GetReference(right.Values[..destination.Length]);
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var modulus = new ModularLane<TReal, TWord>(p);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TReal.Count)
        {
            TReal x = ModularLane<TReal, TWord>.Load(ref source, i);
            TReal y = ModularLane<TReal, TWord>.Load(ref factors, i);
            modulus.Store(modulus.Multiply(x, y), ref result, i);
        }

        var rest = new FixedFactors(right.Values[whole..], right.Quotients[whole..]);
        _specification.Multiply(left[whole..], rest, destination[whole..], p);
    }

    /// <summary>value = high*2^31 + low with 0 &lt;= low &lt; 2^31 and |high| &lt;= 2^31; high*2^31 is reduced as a product.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void ReduceSigned(ReadOnlySpan<long> values, Span<ulong> destination, ulong p)
    {
        const ulong Offset = 1UL << 62;
        int whole = Whole(destination.Length);
        ref ulong source = ref Unsafe.As<long, ulong>(ref MemoryMarshal.GetReference(values[..destination.Length]));
        ref ulong result = ref MemoryMarshal.GetReference(destination);
        var modulus = new ModularLane<TReal, TWord>(p);
        var split = TReal.Create((1UL << LogSplit) % p);

        // A product within p/2 and a low part far below p need no reduction.
        bool large = p >> LogLargeModulus != 0;
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TReal.Count)
        {
            // The offset makes the value unsigned; it is taken from the upper half again.
            TWord value = TWord.Load(ref source, i) + TWord.Create(Offset);
            TReal upper = ModularLane<TReal, TWord>.ToReal(TWord.ShiftRight(value, LogSplit));
            TReal high = upper - TReal.Create(Offset >> LogSplit);
            TReal low = ModularLane<TReal, TWord>.ToReal(value & TWord.Create((1UL << LogSplit) - 1));
            if (large)
            {
                modulus.Store(modulus.Multiply(high, split) + low, ref result, i);
                continue;
            }

            TReal product = modulus.Multiply(modulus.Reduce(high), split);
            modulus.Store(modulus.Reduce(product + modulus.Reduce(low)), ref result, i);
        }

        _specification.ReduceSigned(values[whole..], destination[whole..], p);
    }
}
