using System.Runtime.CompilerServices;

namespace FedHe.Crypto.Kernels.Lanes;

/// <summary>This class says how the loops of kernels are compiled: <c>[MethodImpl(KernelLoop.Compilation)]</c>.</summary>
/// <remarks>The class is public for authors of kernels in other assemblies.</remarks>
public static class KernelLoop
{
    /// <summary>A loop is compiled fully at its first call, and stays a method of its own.</summary>
    /// <remarks>
    /// In tiers, the first updates of a process would pass through code that calls a method for every operator of a lane, many
    /// times slower than the loop. And inlined into its callers, whose variables then take registers, a loop spills.
    /// </remarks>
    public const MethodImplOptions Compilation = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;
}
