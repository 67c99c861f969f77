using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.MLBridge.Selection;

/// <summary>Operations on several runs of positions.</summary>
internal static class MaskRanges
{
    public static long Count(MaskRange[] ranges) => ranges.Sum(range => range.Length);
}
