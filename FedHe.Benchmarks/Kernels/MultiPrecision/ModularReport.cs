using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>The modular report gives medians and minima of modular arithmetic at every supported width, with its
/// baselines, in one process.</summary>
internal static class ModularReport
{
    private const int ProductBits = 6144;

    public static void Write(TextWriter output)
    {
        LaneWidth[] widths = BenchmarkWidths.All;
        ModularWorkload[] works = [.. widths.Select(width => new ModularWorkload(width))];
        output.WriteLine();
        output.WriteLine($"modular arithmetic with n of {ProductBits / 2} bits; microseconds per number, {ModularWorkload.Numbers} at a time");
        QuickTable.WriteHeader(output, widths);
        foreach (ModularOperation operation in ModularCatalog.Operations)
        {
            WriteRow(output, operation.Name, [.. works.Select<ModularWorkload, Action>(work => () => operation.Kernel(work))]);
        }

        WriteRow(output, "Montgomery product, 6144 bits", [.. works.Select<ModularWorkload, Action>(work => work.MultiplyWide)]);
        if (OpenSslProduct.TryCreate(ProductBits) is { } openSsl)
        {
            WriteRow(output, "  the same, OpenSSL", [openSsl.Multiply]);
        }

        foreach (ModularOperation operation in ModularCatalog.Operations)
        {
            QuickTable.WriteRow(output, $"{operation.Name}, BigInteger", [() => operation.BigInteger(works[0])]);
        }
    }

    private static void WriteRow(TextWriter output, string name, Action[] variants)
        => QuickTable.WriteRow(output, name, variants, ModularWorkload.Numbers);
}
