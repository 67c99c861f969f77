using FedHe.Crypto.Ckks.Parameters;


namespace FedHe.Interop.Tests;

/// <summary>Parameters that both sides can express.</summary>
/// <param name="Degree">Ring degree.</param>
/// <param name="BitSizes">Bits of all primes, the special one last.</param>
/// <param name="LogScale">Scaling bits.</param>
/// <param name="Depth">Multiplicative depth.</param>
/// <param name="Packing">Where values sit.</param>
internal sealed record ParameterCase(
    int Degree, int[] BitSizes, int LogScale, int Depth = 0, CkksPacking Packing = CkksPacking.Slots)
{
    /// <summary>From the smallest ring to the largest, with and without a special prime and a level to spend.</summary>
    public static IReadOnlyList<ParameterCase> All { get; } =
    [
        new(2048, [50], 30),
        new(4096, [50, 50], 32),
        new(4096, [36, 36, 30], 40),
        new(8192, [50, 50, 50], 52),
        new(8192, [50, 40, 40, 50], 40, Depth: 1),
        new(8192, [50, 50, 50, 50], 52, Depth: 1),
        new(16384, [50, 45, 40, 50], 45, Depth: 1),
    ];

    /// <summary>Indices, for theories.</summary>
    public static TheoryData<int> Indices => [.. Enumerable.Range(0, All.Count)];

    /// <summary>Indices of those with a level to spend.</summary>
    public static TheoryData<int> IndicesWithDepth => [.. Enumerable.Range(0, All.Count).Where(i => All[i].Depth > 0)];
}
