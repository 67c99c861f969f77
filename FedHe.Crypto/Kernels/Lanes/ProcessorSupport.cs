using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>
/// Processor support tells what the processor has instructions for, which can be more than this program was compiled for or than
/// its runtime was told to use.
/// </summary>
internal static class ProcessorSupport
{
    // Intel's and AMD's manuals, CPUID: leaf 1 has these bits in ECX, leaf 7 in EBX.
    private const int FusedMultiplication = 1 << 12;
    private const int SavedRegisters = 1 << 27;
    private const int Avx = 1 << 28;
    private const int Avx2 = 1 << 5;
    private const int Avx512 = (1 << 16) | (1 << 17) | (1 << 28) | (1 << 30) | (1 << 31);
    private const int ExtendedLeaf = 7;

    /// <summary>The widest lanes that the processor runs in hardware, at least <see cref="LaneSupport.BestWithoutFusion"/>.</summary>
    public static LaneWidth Best { get; } = (LaneWidth)Math.Max((int)FindBest(), (int)LaneSupport.BestWithoutFusion);

    /// <summary>Whether the processor has instructions for AES.</summary>
    public static bool HasAes => Aes.IsSupported || ArmAes.IsSupported;

    /// <summary>Finds the widest lanes of a processor of the x86 family.</summary>
    /// <remarks>
    /// The operating system saves the wider registers where it saves any: which ones, only an instruction tells that .NET does not
    /// have.
    /// </remarks>
    /// <param name="features">ECX of leaf 1.</param>
    /// <param name="extended">EBX of leaf 7, or 0 where the processor has no such leaf.</param>
    public static LaneWidth BestOf(int features, int extended)
    {
        const int Needed = FusedMultiplication | SavedRegisters | Avx;
        return (features & Needed) != Needed || (extended & Avx2) == 0 ? LaneWidth.Specification
            : (extended & Avx512) == Avx512 ? LaneWidth.Vector512
            : LaneWidth.Vector256;
    }

    private static LaneWidth FindBest()
        => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= ExtendedLeaf
            ? BestOf(X86Base.CpuId(1, 0).Ecx, X86Base.CpuId(ExtendedLeaf, 0).Ebx)
            : LaneWidth.Specification;
}
