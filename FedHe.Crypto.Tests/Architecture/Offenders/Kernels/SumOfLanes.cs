using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Tests.Architecture.Offenders.Kernels;

/// <summary>Adds lanes up in a loop that is compiled in tiers, beside loops that are not.</summary>
internal static class SumOfLanes<TWord>
    where TWord : struct, IWordLane<TWord>
{
    public static TWord InTiers(ReadOnlySpan<TWord> lanes)
    {
        TWord sum = default;
        foreach (TWord lane in lanes)
        {
            sum += lane;
        }

        return sum;
    }

    [MethodImpl(KernelLoop.Compilation)]
    public static TWord AtOnce(ReadOnlySpan<TWord> lanes) => Inlined(lanes);

    public static TWord WithoutLoop(TWord first, TWord second) => first + second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord Inlined(ReadOnlySpan<TWord> lanes)
    {
        TWord sum = default;
        for (int i = 0; i < lanes.Length; i++)
        {
            sum += lanes[i];
        }

        return sum;
    }
}
