using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>
/// The lane kernel of polynomials runs operators on coefficients in the loops of <see cref="CoefficientDriver{TReal, TWord}"/>.
/// </summary>
internal sealed class LanePolynomialKernel<TReal, TWord> : PolynomialKernel
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    private readonly PolynomialSpecification _specification = new();

    public override void Add(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ulong p)
        => CoefficientDriver<TReal, TWord>.Run<AddOperator>(accumulator, values, accumulator, p);

    public override void SubtractFrom(ReadOnlySpan<ulong> minuend, Span<ulong> destination, ulong p)
        => CoefficientDriver<TReal, TWord>.Run<SubtractOperator>(minuend, destination, destination, p);

    public override void AddScaled(Span<ulong> accumulator, ReadOnlySpan<ulong> values, ShoupFactor factor, ulong p)
    {
        if (factor.Value == 1)
        {
            Add(accumulator, values, p);
            return;
        }

        CoefficientDriver<TReal, TWord>.Run<AddScaledOperator>(accumulator, values, accumulator, p, factor.Value);
    }

    public override void Scale(Span<ulong> values, ShoupFactor factor, ulong p)
    {
        if (factor.Value != 1)
        {
            CoefficientDriver<TReal, TWord>.Run<ScaleOperator>(values, values, p, factor.Value);
        }
    }

    public override void Multiply(ReadOnlySpan<ulong> left, FixedFactors right, Span<ulong> destination, ulong p)
        => CoefficientDriver<TReal, TWord>.Run<MultiplyOperator>(left, right.Values, destination, p);

    public override void ReduceSigned(ReadOnlySpan<long> values, Span<ulong> destination, ulong p)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<long, ulong>(values);
        ulong split = (1UL << SignedHalves.LogSplit) % p;
        if (p >> ReduceByLargePrimeOperator.MinLogModulus != 0)
        {
            CoefficientDriver<TReal, TWord>.Run<ReduceByLargePrimeOperator>(words, destination, p, split);
        }
        else
        {
            CoefficientDriver<TReal, TWord>.Run<ReduceOperator>(words, destination, p, split);
        }
    }

    public override void AddSmallSigned(Span<ulong> accumulator, ReadOnlySpan<sbyte> values, ulong p)
        => CoefficientDriver<TReal, TWord>.Run<AddSignedOperator>(accumulator, values, accumulator, p);

    public override void MaskMessage(
        ReadOnlySpan<long> message, ReadOnlySpan<sbyte> error, ReadOnlySpan<ulong> mask, Span<ulong> destination, ulong p)
        => CoefficientDriver<TReal, TWord>.Run<MaskOperator>(MemoryMarshal.Cast<long, ulong>(message), error, mask, destination, p);

    public override void Center(ReadOnlySpan<ulong> values, Span<long> destination, ulong p)
        => CoefficientDriver<TReal, TWord>.Run<CenterOperator>(values, MemoryMarshal.Cast<long, ulong>(destination), p);

    public override void CenterToReal(ReadOnlySpan<ulong> values, Span<double> destination, ulong p)
        => CoefficientDriver<TReal, TWord>.Run<CenterToRealOperator>(values, MemoryMarshal.Cast<double, ulong>(destination), p);

    /// <remarks>
    /// The rounded quotient is right, since an integer times 1/p is further from every half than the rounding error: v*2^-53 is
    /// below 1/2 for v below 2^52.
    /// </remarks>
    [MethodImpl(KernelLoop.Compilation)]
    public override void UnmaskSum(
        ReadOnlySpan<ulong> mask, ReadOnlySpan<ulong> sum, double addend, double inverseScale, Span<double> destination, ulong p)
    {
        mask = mask[..destination.Length];
        sum = sum[..destination.Length];
        int whole = destination.Length & -TReal.Count;
        ref ulong masks = ref MemoryMarshal.GetReference(mask);
        ref ulong sums = ref MemoryMarshal.GetReference(sum);
        ref double result = ref MemoryMarshal.GetReference(destination);
        var arithmetic = new ModularLane<TReal, TWord>(p);
        var rest = TReal.Create(addend);
        var factor = TReal.Create(inverseScale);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)TReal.Count)
        {
            TReal total = ModularLane<TReal, TWord>.Load(ref masks, i) + ModularLane<TReal, TWord>.Load(ref sums, i);
            TReal.Store((arithmetic.Reduce(total) + rest) * factor, ref result, i);
        }

        _specification.UnmaskSum(mask[whole..], sum[whole..], addend, inverseScale, destination[whole..], p);
    }
}
