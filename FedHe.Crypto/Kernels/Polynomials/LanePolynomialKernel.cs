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

    public override void CenterSumToReal(
        ReadOnlySpan<ulong> values, ReadOnlySpan<ulong> addend, Span<double> destination, ulong p)
        => CoefficientDriver<TReal, TWord>.Run<CenterSumToRealOperator>(
            values, addend, MemoryMarshal.Cast<double, ulong>(destination), p);
}
