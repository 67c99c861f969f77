using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.TestKit.Machines;

/// <summary>The lane widths of this machine, and the demand that all of them compute the same.</summary>
public static class SupportedWidths
{
    /// <summary>Every width that this machine runs in hardware, and the specification.</summary>
    public static IEnumerable<LaneWidth> All => Enum.GetValues<LaneWidth>().Where(LaneSupport.IsSupported);

    /// <summary>Asserts that every width computes what the specification computes.</summary>
    public static void AllAgree<T>(Func<LaneWidth, T[]> compute)
    {
        T[] expected = compute(LaneWidth.Specification);
        foreach (LaneWidth width in All)
        {
            compute(width).SequenceEqual(expected).Should().BeTrue("{0} must agree with the specification", width);
        }
    }
}
