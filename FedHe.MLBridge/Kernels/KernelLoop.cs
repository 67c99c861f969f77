using System.Runtime.CompilerServices;

namespace FedHe.MLBridge.Kernels;

/// <summary>This class says how the loops of kernels are compiled: <c>[MethodImpl(KernelLoop.Compilation)]</c>.</summary>
internal static class KernelLoop
{
    /// <summary>
    /// A loop is compiled fully at its first call, and stays a method of its own: in tiers, the first model of a process would pass
    /// through code that calls a method for every operator of a register.
    /// </summary>
    public const MethodImplOptions Compilation = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;
}
