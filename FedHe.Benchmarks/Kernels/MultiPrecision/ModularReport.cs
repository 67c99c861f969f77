using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>Medians and minima of modular arithmetic at every supported width, with its baselines, in one process.</summary>
internal static class ModularReport
{
    private const int ProductBits = 6144;

    private static readonly (string Name, Action<ModularWorkload> Lanes, Action<ModularWorkload> BigInteger)[] Operations =
    [
        ("product mod n^2", static work => work.Multiply(), static work => work.BigIntegerMultiply()),
        ("square mod n^2", static work => work.Square(), static work => work.BigIntegerSquare()),
        ("power of h_s mod n^2", static work => work.RaiseFixedBase(), static work => work.BigIntegerFixedBase()),
        ("power to p-1 mod p^2", static work => work.RaiseToSecret(), static work => work.BigIntegerPower()),
    ];

    public static void Write(TextWriter output)
    {
        LaneWidth[] widths = [.. Enum.GetValues<LaneWidth>().Where(LaneSupport.IsSupported)];
        ModularWorkload[] works = [.. widths.Select(width => new ModularWorkload(width))];
        output.WriteLine();
        output.WriteLine($"modular arithmetic with n of {ProductBits / 2} bits; microseconds per number, {ModularWorkload.Numbers} at a time");
        QuickTable.WriteHeader(output, widths);
        foreach ((string name, Action<ModularWorkload> lanes, _) in Operations)
        {
            WriteRow(output, name, [.. works.Select<ModularWorkload, Action>(work => () => lanes(work))]);
        }

        WriteRow(output, "Montgomery product, 6144 bits", [.. works.Select<ModularWorkload, Action>(work => work.MultiplyWide)]);
        if (OpenSslProduct.TryCreate(ProductBits) is { } openSsl)
        {
            WriteRow(output, "  the same, OpenSSL", [openSsl.Multiply]);
        }

        foreach ((string name, _, Action<ModularWorkload> bigInteger) in Operations)
        {
            QuickTable.WriteRow(output, $"{name}, BigInteger", [() => bigInteger(works[0])]);
        }
    }

    private static void WriteRow(TextWriter output, string name, Action[] variants)
        => QuickTable.WriteRow(output, name, variants, ModularWorkload.Numbers);
}
