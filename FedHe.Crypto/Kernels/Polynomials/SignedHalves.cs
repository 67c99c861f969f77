using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>Signed halves are the two parts of signed integers that are too long for a double.</summary>
internal static class SignedHalves
{
    /// <summary>The logarithm to base 2 of the weight of the upper half.</summary>
    public const int LogSplit = 31;

    // Makes every integer unsigned while its halves are taken apart.
    private const ulong Offset = 1UL << 62;

    /// <summary>Splits x into halves with x = high * 2^31 + low.</summary>
    /// <param name="x">Signed, in (-2^62, 2^62).</param>
    /// <param name="high">In [-2^31, 2^31).</param>
    /// <param name="low">In [0, 2^31).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split<TReal, TWord>(TWord x, out TReal high, out TReal low)
        where TReal : struct, IRealLane<TReal, TWord>
        where TWord : struct, IWordLane<TWord>
    {
        TWord shifted = x + TWord.Create(Offset);
        TReal upper = ModularLane<TReal, TWord>.ToReal(TWord.ShiftRight(shifted, LogSplit));
        high = upper - TReal.Create(Offset >> LogSplit);
        low = ModularLane<TReal, TWord>.ToReal(shifted & TWord.Create((1UL << LogSplit) - 1));
    }
}
