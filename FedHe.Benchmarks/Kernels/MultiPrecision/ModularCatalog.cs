namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>The operations modulo a square that are measured, and the same with the numbers of .NET.</summary>
internal static class ModularCatalog
{
    public static ModularOperation[] Operations { get; } =
    [
        new("product mod n^2", static work => work.Multiply(), static work => work.BigIntegerMultiply()),
        new("square mod n^2", static work => work.Square(), static work => work.BigIntegerSquare()),
        new("power of h_s mod n^2", static work => work.RaiseFixedBase(), static work => work.BigIntegerFixedBase()),
        new("power to p-1 mod p^2", static work => work.RaiseToSecret(), static work => work.BigIntegerPower()),
    ];
}
