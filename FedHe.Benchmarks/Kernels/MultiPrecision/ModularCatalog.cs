namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>The modular catalog lists the operations modulo a square that are measured, each beside the same operation
/// on .NET's BigInteger.</summary>
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
