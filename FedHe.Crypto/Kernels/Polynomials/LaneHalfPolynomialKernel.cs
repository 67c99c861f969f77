using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Modular;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>The half lane kernel of polynomials is generic over the lane type.</summary>
/// <remarks>The end of a span that does not fill a register goes through the specification.</remarks>
internal sealed class LaneHalfPolynomialKernel<THalf> : HalfPolynomialKernel
    where THalf : struct, IHalfLane<THalf>
{
    private readonly HalfPolynomialSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    public override void MaskValues(
        ReadOnlySpan<double> values,
        double scale,
        ReadOnlySpan<sbyte> error,
        ReadOnlySpan<uint> mask,
        Span<uint> destination,
        uint p)
    {
        values = values[..destination.Length];
        error = error[..destination.Length];
        mask = mask[..destination.Length];
        int whole = destination.Length & -THalf.Count;
        ref double reals = ref MemoryMarshal.GetReference(values);
        ref sbyte errors = ref MemoryMarshal.GetReference(error);
        ref uint masks = ref MemoryMarshal.GetReference(mask);
        ref uint result = ref MemoryMarshal.GetReference(destination);
        var arithmetic = new ModularHalfLane<THalf, FullHalfRange>(p);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)THalf.Count)
        {
            THalf message = arithmetic.FromSigned(THalf.LoadRounded(ref reals, i, scale));
            THalf sum = arithmetic.Add(message, arithmetic.FromSigned(THalf.LoadSmallSigned(ref errors, i)));
            THalf difference = arithmetic.Subtract(sum, THalf.Load(ref masks, i));
            THalf.Store(arithmetic.ToResidue(difference), ref result, i);
        }

        _specification.MaskValues(values[whole..], scale, error[whole..], mask[whole..], destination[whole..], p);
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override void UnmaskValuesCore(
        ReadOnlySpan<uint> mask, ReadOnlySpan<uint> code, MaskOpening opening, Span<double> destination, uint p)
    {
        mask = mask[..destination.Length];
        code = code[..destination.Length];
        int whole = destination.Length & -THalf.Count;
        ref uint masks = ref MemoryMarshal.GetReference(mask);
        ref uint codes = ref MemoryMarshal.GetReference(code);
        ref double result = ref MemoryMarshal.GetReference(destination);
        var arithmetic = new ModularHalfLane<THalf, FullHalfRange>(p);
        var factor = THalf.Create(opening.Factor);
        var quotient = THalf.Create((uint)(ShoupFactor.Create(opening.Factor, p).Quotient >> 32));

        // With h = (p - 1)/2, x mod p in (-p/2, p/2] is (x + h mod p) - h.
        var half = THalf.Create(p / 2);
        var offset = THalf.Create((uint)ModularArithmetic.SubtractOnce((ulong)opening.Offset + (p / 2), p));
        for (nuint i = 0; i < (nuint)whole; i += (nuint)THalf.Count)
        {
            THalf restored = arithmetic.Add(arithmetic.Multiply(THalf.Load(ref codes, i), factor, quotient, quotient), offset);
            THalf sum = arithmetic.Add(restored, THalf.Load(ref masks, i));
            THalf.StoreReals(sum - half, opening.Addend, opening.InverseScale, ref result, i);
        }

        _specification.UnmaskValues(mask[whole..], code[whole..], opening, destination[whole..], p);
    }
}
