using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>Lane support tells the lane widths that this machine runs in hardware.</summary>
public static class LaneSupport
{
    /// <summary>The widest supported width, which kernels use by default.</summary>
    public static LaneWidth Best { get; } = WidestOf(IsSupported);

    /// <summary>
    /// The widest supported width for kernels that need no fused multiplication. Every kernel of round keys is one, except the kernel of
    /// the tags.
    /// </summary>
    public static LaneWidth BestWithoutFusion { get; } = WidestOf(IsSupportedWithoutFusion);

    // A fused multiplication in software would be exact too, but far slower than the specification.
    private static bool HasFusedMultiplication => Fma.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>Tells whether this machine runs all kernels of a width in hardware; the specification runs everywhere.</summary>
    public static bool IsSupported(LaneWidth width) => width switch
    {
        LaneWidth.Specification => true,
        LaneWidth.Scalar => HasFusedMultiplication,
        LaneWidth.Vector128 => HasFusedMultiplication && Vector128.IsHardwareAccelerated,
        LaneWidth.Vector256 => HasFusedMultiplication && Vector256.IsHardwareAccelerated && Avx2.IsSupported,
        LaneWidth.Vector512 => HasFusedMultiplication && Vector512.IsHardwareAccelerated && Avx512BW.IsSupported,
        _ => false,
    };

    /// <summary>
    /// Tells whether this machine runs kernels of a width in hardware that need no fused multiplication. Every x64 processor runs those of
    /// 128 bits.
    /// </summary>
    public static bool IsSupportedWithoutFusion(LaneWidth width)
        => IsSupported(width) || (width == LaneWidth.Vector128 && Vector128.IsHardwareAccelerated && Sse41.IsSupported);

    private static LaneWidth WidestOf(Func<LaneWidth, bool> isSupported)
    {
        LaneWidth width = LaneWidth.Vector512;
        while (!isSupported(width))
        {
            width--;
        }

        return width;
    }
}
