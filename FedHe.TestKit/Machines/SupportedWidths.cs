using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.TestKit.Machines;

/// <summary>The supported widths are the lane widths of this machine, all of which must compute the same results.</summary>
public static class SupportedWidths
{
    /// <summary>The widths that this machine runs in hardware, if only without fused multiplication, and the specification.</summary>
    public static IEnumerable<LaneWidth> All => Enum.GetValues<LaneWidth>().Where(LaneSupport.IsSupportedWithoutFusion);

    /// <summary>Asserts that every width computes the same results as the specification.</summary>
    public static void AllAgree<T>(Func<LaneWidth, T[]> compute)
    {
        T[] expected = compute(LaneWidth.Specification);
        foreach (LaneWidth width in All)
        {
            compute(width).SequenceEqual(expected).Should().BeTrue("{0} must agree with the specification", width);
        }
    }
}
