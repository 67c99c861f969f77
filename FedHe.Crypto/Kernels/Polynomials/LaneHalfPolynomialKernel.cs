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

    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void MaskMessage(
        ReadOnlySpan<long> message, ReadOnlySpan<sbyte> error, ReadOnlySpan<uint> mask, Span<uint> destination, uint p)
    {
        int whole = destination.Length & -THalf.Count;
        ref uint messages = ref Unsafe.As<long, uint>(ref MemoryMarshal.GetReference(message[..destination.Length]));
        ref sbyte errors = ref MemoryMarshal.GetReference(error[..destination.Length]);
        ref uint masks = ref MemoryMarshal.GetReference(mask[..destination.Length]);
        ref uint result = ref MemoryMarshal.GetReference(destination);
        var arithmetic = new ModularHalfLane<THalf, FullHalfRange>(p);
        for (nuint i = 0; i < (nuint)whole; i += (nuint)THalf.Count)
        {
            // Of a number of 64 bits in (-p, p) the lower half says everything.
            THalf x = THalf.UnzipEven(THalf.Load(ref messages, 2 * i), THalf.Load(ref messages, (2 * i) + (nuint)THalf.Count));
            THalf sum = arithmetic.Add(arithmetic.FromSigned(x), arithmetic.FromSigned(THalf.LoadSmallSigned(ref errors, i)));
            THalf difference = arithmetic.Subtract(sum, THalf.Load(ref masks, i));
            THalf.Store(arithmetic.ToResidue(difference), ref result, i);
        }

        _specification.MaskMessage(message[whole..destination.Length], error[whole..], mask[whole..], destination[whole..], p);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override void UnmaskCore(
        ReadOnlySpan<uint> mask, ReadOnlySpan<uint> code, uint factor, uint offset, Span<double> destination, uint p)
    {
        int whole = destination.Length & -THalf.Count;
        ref uint masks = ref MemoryMarshal.GetReference(mask[..destination.Length]);
        ref uint codes = ref MemoryMarshal.GetReference(code[..destination.Length]);
        ref double result = ref MemoryMarshal.GetReference(destination);
        var arithmetic = new ModularHalfLane<THalf, FullHalfRange>(p);
        var factors = THalf.Create(factor);
        var quotient = THalf.Create((uint)(ShoupFactor.Create(factor, p).Quotient >> 32));

        // With h = (p - 1)/2, x mod p in (-p/2, p/2] is (x + h mod p) - h.
        var half = THalf.Create(p / 2);
        var addend = THalf.Create((uint)ModularArithmetic.SubtractOnce((ulong)offset + (p / 2), p));
        for (nuint i = 0; i < (nuint)whole; i += (nuint)THalf.Count)
        {
            THalf restored = arithmetic.Add(arithmetic.Multiply(THalf.Load(ref codes, i), factors, quotient, quotient), addend);
            THalf sum = arithmetic.Add(restored, THalf.Load(ref masks, i));
            THalf.StoreReals(sum - half, ref result, i);
        }

        _specification.Unmask(mask[whole..destination.Length], code[whole..destination.Length], factor, offset, destination[whole..], p);
    }
}
