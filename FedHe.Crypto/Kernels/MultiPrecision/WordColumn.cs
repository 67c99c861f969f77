using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>
/// A column over 64-bit words, one number at a time: the specification of every other column, and what machines without
/// fused multiplication use.
/// </summary>
internal struct WordColumn : ILimbColumn<WordColumn>
{
    private ulong _low;
    private ulong _middle;
    private ulong _high;

    public static int LogRadix => 64;

    public static int Lanes => 1;

    public static ulong Encode(ulong limb) => limb;

    public static ulong Decode(ulong stored) => stored;

    public readonly void Expect(int products)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(ref readonly ulong left, ref readonly ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        _low += low;
        high += _low < low ? 1UL : 0UL; // at most 2^64 - 1: the high word of a product is at most 2^64 - 2
        _middle += high;
        _high += _middle < high ? 1UL : 0UL;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTwice(WordColumn column)
    {
        Add(column);
        Add(column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddLimb(ref readonly ulong limb) => Add(new WordColumn { _low = limb });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddComplement(ref readonly ulong limb) => Add(new WordColumn { _low = ~limb });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreLimb(ref ulong destination) => destination = _low;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreQuotient(ref readonly ulong factor, ref ulong destination) => destination = _low * factor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Shift() => (_low, _middle, _high) = (_middle, _high, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(WordColumn addend)
    {
        _low += addend._low;
        ulong carry = _low < addend._low ? 1UL : 0UL;
        ulong middle = _middle + carry;
        carry = middle < carry ? 1UL : 0UL;
        _middle = middle + addend._middle;
        carry += _middle < middle ? 1UL : 0UL;
        _high += addend._high + carry;
    }
}
