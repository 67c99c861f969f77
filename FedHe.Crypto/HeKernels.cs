using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto;

/// <summary>
/// The kernels do the arithmetic of all schemes, in registers of one width. Results never depend on the width, but speed does.
/// </summary>
/// <param name="Width">
/// The widest width that kernels of a process use. Where it is 128 bits on an x64 processor, kernels that need fused multiplication use
/// no vector registers.
/// </param>
/// <param name="ProcessorWidth">
/// The widest width that the processor has instructions for. It can be wider than <paramref name="Width"/>: Native AOT compiles for
/// every processor unless <c>IlcInstructionSet</c> names better ones, and a runtime can be told to leave instructions out or finds that
/// the widest registers slow its processor down.
/// </param>
/// <param name="HasAesInstructions">
/// Whether the processor has instructions for AES, which the cryptographic library of the operating system then uses.
/// </param>
public sealed record HeKernels(LaneWidth Width, LaneWidth ProcessorWidth, bool HasAesInstructions)
{
    /// <summary>The kernels of this process.</summary>
    public static HeKernels Current { get; } = new(LaneSupport.BestWithoutFusion, ProcessorSupport.Best, ProcessorSupport.HasAes);

    /// <summary>
    /// Whether the kernels leave out vector registers of 256 bits or more that the processor has, and so are slower
    /// than they could be.
    /// </summary>
    public bool AreHeldBack => Width < LaneWidth.Vector256 && ProcessorWidth >= LaneWidth.Vector256;

    /// <summary>Describes a width in words, such as "256-bit registers (AVX2, FMA)".</summary>
    /// <param name="width">The width.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is none of the named ones.</exception>
    public static string Describe(LaneWidth width) => width switch
    {
        LaneWidth.Specification => "plain loops without vector registers",
        LaneWidth.Scalar => "fused multiplication without vector registers",
        LaneWidth.Vector128 => "128-bit registers",
        LaneWidth.Vector256 => "256-bit registers (AVX2, FMA)",
        LaneWidth.Vector512 => "512-bit registers (AVX-512)",
        _ => throw new ArgumentOutOfRangeException(nameof(width), width, "The width is none of the named ones."),
    };

    /// <summary>Describes the kernels in words, such as "256-bit registers (AVX2, FMA), AES instructions".</summary>
    public override string ToString() => $"{Describe(Width)}, {(HasAesInstructions ? "AES instructions" : "no AES instructions")}";
}
