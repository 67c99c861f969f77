using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Sharing;

/// <summary>
/// The lane kernel of sharing loads two elements with each half of a register and computes on them in two registers.
/// </summary>
/// <remarks>
/// <para>
/// Numbers are reduced by folding: with h = floor(x/2^16), x - h*p = 15*h + (x mod 2^16) is congruent to x, and below 2^20 for
/// every x of 32 bits. A second fold gives a number below 2^16 + 240 &lt; 2p, from which p is subtracted if it fits.
/// </para>
/// <para>
/// Sums of the lower and of the higher elements of pairs lie in two rows. The end of a vector that does not fill a register goes
/// through the specification, with its sums behind both rows.
/// </para>
/// </remarks>
internal sealed class LaneSharingKernel<THalf> : SharingKernel
    where THalf : struct, IHalfLane<THalf>
{
    private const int BitsPerElement = 16;

    private readonly SharingSpecification _specification = new();

    [MethodImpl(KernelLoop.Compilation)]
    public override bool AreElements(ReadOnlySpan<ushort> numbers)
    {
        int pairs = WholePairs(numbers.Length);
        ref uint source = ref PairsOf(ref MemoryMarshal.GetReference(numbers));
        var lowMask = THalf.Create(ushort.MaxValue);
        var largest = THalf.Create(Prime - 1);
        THalf outside = default;
        for (nuint i = 0; i < (nuint)pairs; i += (nuint)THalf.Count)
        {
            var pair = THalf.Load(ref source, i);
            outside |= (largest - (pair & lowMask)) | (largest - THalf.ShiftRight(pair, BitsPerElement));
        }

        bool areElements = THalf.Combine(outside) >> 31 == 0;
        return _specification.AreElements(numbers[(2 * pairs)..]) & areElements;
    }

    // Folded numbers are below 2^17: times a point and with a coefficient they are below 2^26.
    [MethodImpl(KernelLoop.Compilation)]
    protected override void EvaluateCore(
        ReadOnlySpan<ushort> coefficients, int rows, int rowLength, uint point, Span<ushort> destination)
    {
        int pairs = WholePairs(destination.Length);
        ref ushort elements = ref MemoryMarshal.GetReference(coefficients);
        ref uint result = ref PairsOf(ref MemoryMarshal.GetReference(destination));
        var lowMask = THalf.Create(ushort.MaxValue);
        var prime = THalf.Create(Prime);
        var x = THalf.Create(point);
        for (nuint i = 0; i < (nuint)pairs; i += (nuint)THalf.Count)
        {
            THalf low = default;
            THalf high = default;
            for (int row = rows - 1; row >= 0; row--)
            {
                var pair = THalf.Load(ref PairsOf(ref Unsafe.Add(ref elements, row * rowLength)), i);
                low = Fold((low * x) + (pair & lowMask), prime);
                high = Fold((high * x) + THalf.ShiftRight(pair, BitsPerElement), prime);
            }

            Store(ToElement(low, prime), ToElement(high, prime), ref result, i);
        }

        int rest = 2 * pairs;
        if (rest < destination.Length)
        {
            SharingSpecification.EvaluateRows(coefficients[rest..], rows, rowLength, point, destination[rest..]);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override void MultiplyAddCore(ReadOnlySpan<ushort> elements, uint factor, Span<uint> sums)
    {
        int pairs = WholePairs(elements.Length);
        ref uint source = ref PairsOf(ref MemoryMarshal.GetReference(elements));
        ref uint result = ref MemoryMarshal.GetReference(sums);
        var lowMask = THalf.Create(ushort.MaxValue);
        var prime = THalf.Create(Prime);
        var w = THalf.Create(factor);
        for (nuint i = 0; i < (nuint)pairs; i += (nuint)THalf.Count)
        {
            nuint j = i + (nuint)pairs;
            var pair = THalf.Load(ref source, i);
            THalf.Store(THalf.Load(ref result, i) + Fold((pair & lowMask) * w, prime), ref result, i);
            THalf.Store(THalf.Load(ref result, j) + Fold(THalf.ShiftRight(pair, BitsPerElement) * w, prime), ref result, j);
        }

        _specification.MultiplyAdd(elements[(2 * pairs)..], factor, sums[(2 * pairs)..]);
    }

    [MethodImpl(KernelLoop.Compilation)]
    protected override void ReduceCore(ReadOnlySpan<uint> sums, Span<ushort> destination)
    {
        int pairs = WholePairs(destination.Length);
        ref uint source = ref MemoryMarshal.GetReference(sums);
        ref uint result = ref PairsOf(ref MemoryMarshal.GetReference(destination));
        var prime = THalf.Create(Prime);
        for (nuint i = 0; i < (nuint)pairs; i += (nuint)THalf.Count)
        {
            THalf low = Fold(THalf.Load(ref source, i), prime);
            THalf high = Fold(THalf.Load(ref source, i + (nuint)pairs), prime);
            Store(ToElement(low, prime), ToElement(high, prime), ref result, i);
        }

        _specification.Reduce(sums[(2 * pairs)..], destination[(2 * pairs)..]);
    }

    /// <summary>The number of pairs of elements that fill registers.</summary>
    private static int WholePairs(int elements) => (elements / 2) & -THalf.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref uint PairsOf(ref ushort elements) => ref Unsafe.As<ushort, uint>(ref elements);

    /// <summary>Computes a number congruent to x, in [0, 2^20) for any x and in [0, 2^16 + 240) for x below 2^20.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static THalf Fold(THalf x, THalf prime) => x - (THalf.ShiftRight(x, BitsPerElement) * prime);

    /// <summary>Computes the element congruent to x, for x below 2^20.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static THalf ToElement(THalf x, THalf prime)
    {
        THalf folded = Fold(x, prime);
        return THalf.Min(folded, folded - prime);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(THalf low, THalf high, ref uint destination, nuint index)
        => THalf.Store(low | (high * THalf.Create(1u << BitsPerElement)), ref destination, index);
}
