namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>What a kernel is specialised for, from the specification to the widest registers.</summary>
public enum LaneWidth
{
    /// <summary>The scalar integer specification: needs nothing of the machine.</summary>
    Specification,

    /// <summary>One double with fused multiplication.</summary>
    Scalar,

    /// <summary>Two doubles.</summary>
    Vector128,

    /// <summary>Four doubles.</summary>
    Vector256,

    /// <summary>Eight doubles.</summary>
    Vector512,
}
