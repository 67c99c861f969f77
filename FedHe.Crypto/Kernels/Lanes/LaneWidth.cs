namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>
/// A lane width is the width of the registers for which a kernel is specialized; kernels of every width give the same bits.
/// </summary>
public enum LaneWidth
{
    /// <summary>
    /// The specification uses plain loops without registers, runs everywhere, and gives the bits that every other width must
    /// equal.
    /// </summary>
    Specification,

    /// <summary>The registers hold one double, on machines with fused multiplication.</summary>
    Scalar,

    /// <summary>The registers hold two doubles.</summary>
    Vector128,

    /// <summary>The registers hold four doubles.</summary>
    Vector256,

    /// <summary>The registers hold eight doubles.</summary>
    Vector512,
}
