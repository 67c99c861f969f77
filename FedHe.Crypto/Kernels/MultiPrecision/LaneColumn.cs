using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>A lane column sums products of 51-bit limbs over registers of doubles.</summary>
/// <remarks>
/// <para>
/// Two fused multiplications give a product x*y &lt; 2^102 exactly. The first adds it to 2^103, whose last place is 2^51, and
/// so leaves it rounded to a multiple of 2^51 in the low bits of the word. The second adds the rounding error, of magnitude
/// at most 2^50, to 3*2^51, whose last place is 1. The words are then added as integers, and the contribution of the two
/// constants is subtracted in advance. <see cref="MaxProducts"/> products and the carry stay below 2^62.
/// </para>
/// Source: Emmart, Zheng and Weems, "Faster modular exponentiation using double precision floating point arithmetic on the
/// GPU", ARITH 2018. The paper rounds toward zero and keeps 52 bits; with rounding to nearest and one bit less the same
/// code runs on every machine with fused multiplication.
/// </remarks>
internal struct LaneColumn<TReal, TWord> : ILimbColumn<LaneColumn<TReal, TWord>>
    where TReal : struct, IRealLane<TReal, TWord>
    where TWord : struct, IWordLane<TWord>
{
    private const int LogLimb = 51;
    private const ulong LimbMask = (1UL << LogLimb) - 1;

    private const double HighAnchor = 10141204801825835211973625643008.0; // 2^103
    private const double LowAnchor = 6755399441055744.0; // 3*2^51
    private const ulong HighAnchorWord = (1023UL + 103) << 52;
    private const ulong LowAnchorWord = 0x4338_0000_0000_0000;

    // The bits of 2^52: or-ed with an integer below 2^52 they are the double 2^52 + integer.
    private const double IntegerAnchor = 4503599627370496.0;
    private const ulong IntegerAnchorWord = 0x4330_0000_0000_0000;

    // Makes every sum positive while it is shifted.
    private const ulong SignAnchor = 1UL << 62;

    private TWord _low;
    private TWord _high;

    public static int LogRadix => LogLimb;

    public static int Lanes => TReal.Count;

    public static int MaxProducts => 1023;

    public static ulong Encode(ulong limb) => BitConverter.DoubleToUInt64Bits(limb);

    public static ulong Decode(ulong stored) => (ulong)BitConverter.UInt64BitsToDouble(stored);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Expect(int products)
    {
        _low -= TWord.Create((ulong)products * LowAnchorWord);
        _high -= TWord.Create((ulong)products * HighAnchorWord);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(ref readonly ulong left, ref readonly ulong right)
    {
        TReal x = Load(in left);
        TReal y = Load(in right);
        TReal high = TReal.MultiplyAdd(x, y, TReal.Create(HighAnchor)); // 2^103 + h, h = x*y rounded to 2^51
        TReal low = TReal.MultiplyAdd(x, y, TReal.Create(HighAnchor + LowAnchor) - high); // 3*2^51 + (x*y - h)
        _low += TReal.AsWords(low);
        _high += TReal.AsWords(high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTwice(LaneColumn<TReal, TWord> column)
    {
        _low += column._low + column._low;
        _high += column._high + column._high;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddLimb(ref readonly ulong limb)
        => _low += TReal.AsWords(TReal.Create(IntegerAnchor) + Load(in limb)) - TWord.Create(IntegerAnchorWord);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddComplement(ref readonly ulong limb)
        => _low += TReal.AsWords(TReal.Create(IntegerAnchor + LimbMask) - Load(in limb)) - TWord.Create(IntegerAnchorWord);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreLimb(ref ulong destination) => Store(LowestLimb(_low), ref destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreQuotient(ref readonly ulong factor, ref ulong destination)
    {
        TReal limb = LowestLimb(_low);
        TReal y = Load(in factor);
        TReal high = TReal.MultiplyAdd(limb, y, TReal.Create(HighAnchor));
        TReal low = TReal.MultiplyAdd(limb, y, TReal.Create(HighAnchor + LowAnchor) - high);
        Store(LowestLimb(TReal.AsWords(low)), ref destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Shift()
    {
        TWord carry = TWord.ShiftRight(_low + TWord.Create(SignAnchor), LogLimb) - TWord.Create(SignAnchor >> LogLimb);
        _low = carry + _high;
        _high = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TReal LowestLimb(TWord sum)
        => TReal.FromWords((sum & TWord.Create(LimbMask)) | TWord.Create(IntegerAnchorWord)) - TReal.Create(IntegerAnchor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TReal Load(ref readonly ulong limb)
        => TReal.Load(ref Unsafe.As<ulong, double>(ref Unsafe.AsRef(in limb)), 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TReal limb, ref ulong destination)
        => TReal.Store(limb, ref Unsafe.As<ulong, double>(ref destination), 0);
}
