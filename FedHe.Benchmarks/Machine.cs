using System.Reflection;

namespace FedHe.Benchmarks;

/// <summary>The machine's description names the processor and the commit, without which a figure means nothing.</summary>
internal static class Machine
{
    private const string CpuInfo = "/proc/cpuinfo";

    public static string CpuName { get; } = FindCpuName();

    /// <summary>The commit that this program was built from, or "unknown".</summary>
    public static string Commit { get; } = typeof(Machine).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, string commit]
            ? commit
            : "unknown";

    private static string FindCpuName()
    {
        IEnumerable<string> lines = File.Exists(CpuInfo) ? File.ReadLines(CpuInfo) : [];
        string? line = lines.FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal));
        return line?.Split(':', 2)[1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
    }
}
