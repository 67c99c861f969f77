using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels;

/// <summary>The benchmark widths are the lane widths that this machine can measure.</summary>
internal static class BenchmarkWidths
{
    /// <summary>Every width that is supported, if only without fused multiplication; the specification first.</summary>
    public static LaneWidth[] All { get; } = [.. Enum.GetValues<LaneWidth>().Where(LaneSupport.IsSupportedWithoutFusion)];

    /// <summary>Every supported width but the specification.</summary>
    public static IEnumerable<LaneWidth> Lanes => All.Where(width => width != LaneWidth.Specification);
}
