using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>
/// A word column sums products of 64-bit words for one number at a time, and is the specification of every other column.
/// </summary>
/// <remarks>
/// Machines without fused multiplication compute with it. Limbs have 59 bits, so that <see cref="MaxProducts"/> products
/// of less than 2^118 sum up to less than 2^128: two words.
/// </remarks>
internal struct WordColumn : ILimbColumn<WordColumn>
{
    private const int LogLimb = 59;
    private const ulong LimbMask = (1UL << LogLimb) - 1;

    private ulong _low;
    private ulong _high;

    public static int LogRadix => LogLimb;

    public static int Lanes => 1;

    public static int MaxProducts => 1023;

    public static ulong Encode(ulong limb) => limb;

    public static ulong Decode(ulong stored) => stored;

    public readonly void Expect(int products)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(ref readonly ulong left, ref readonly ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        Add(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTwice(WordColumn column)
    {
        Add(column._low, column._high);
        Add(column._low, column._high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddLimb(ref readonly ulong limb) => Add(limb, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddComplement(ref readonly ulong limb) => Add(LimbMask - limb, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreLimb(ref ulong destination) => destination = _low & LimbMask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreQuotient(ref readonly ulong factor, ref ulong destination)
        => destination = (_low * factor) & LimbMask;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Shift()
    {
        _low = (_low >> LogLimb) | (_high << (64 - LogLimb));
        _high >>= LogLimb;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(ulong low, ulong high)
    {
        _low += low;
        _high += high + (_low < low ? 1UL : 0UL);
    }
}
