namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>One operation modulo a square.</summary>
/// <param name="Name">The label of its row.</param>
/// <param name="Kernel">Runs it on <see cref="ModularWorkload.Numbers"/> numbers.</param>
/// <param name="BigInteger">Runs it on one number of .NET.</param>
internal sealed record ModularOperation(string Name, Action<ModularWorkload> Kernel, Action<ModularWorkload> BigInteger);
