namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>A modular operation is one measured operation modulo a square.</summary>
/// <param name="Name">The label of the operation's row.</param>
/// <param name="Kernel">Runs the operation on <see cref="ModularWorkload.Numbers"/> numbers.</param>
/// <param name="BigInteger">Runs the operation on one BigInteger.</param>
internal sealed record ModularOperation(string Name, Action<ModularWorkload> Kernel, Action<ModularWorkload> BigInteger);
