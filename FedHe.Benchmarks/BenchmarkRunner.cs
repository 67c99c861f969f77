using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;

namespace FedHe.Benchmarks;

/// <summary>A benchmark runner runs BenchmarkDotNet on the classes of one kind.</summary>
internal static class BenchmarkRunner
{
    // A busy machine of two cores takes about the two minutes that BenchmarkDotNet allows.
    private static readonly TimeSpan BuildTimeout = TimeSpan.FromMinutes(15);

    /// <summary>Runs the benchmarks of given classes and of all classes derived from them.</summary>
    /// <param name="filter">A pattern over the names of benchmarks.</param>
    /// <param name="common">The classes from which the benchmarks derive.</param>
    public static void Of(string filter, params Type[] common)
    {
        Type[] classes = [.. typeof(BenchmarkRunner).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && Array.Exists(common, type.IsAssignableTo))];
        BenchmarkSwitcher.FromTypes(classes).Run(
            ["--filter", filter], ManualConfig.Create(DefaultConfig.Instance).WithBuildTimeout(BuildTimeout));
    }
}
