namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>The registers that a kernel is specialized for. Kernels of every width give the same bits.</summary>
public enum LaneWidth
{
    /// <summary>No registers: the specification, plain loops that every other width equals bit for bit and that run everywhere.</summary>
    Specification,

    /// <summary>Registers of one double, on machines with fused multiplication.</summary>
    Scalar,

    /// <summary>Registers of two doubles.</summary>
    Vector128,

    /// <summary>Registers of four doubles.</summary>
    Vector256,

    /// <summary>Registers of eight doubles.</summary>
    Vector512,
}
