using BenchmarkDotNet.Running;

namespace FedHe.Benchmarks;

/// <summary>Runs BenchmarkDotNet on the classes of one kind.</summary>
internal static class BenchmarkRunner
{
    /// <summary>Runs the benchmarks of all classes derived from common ones, and of these.</summary>
    /// <param name="filter">A pattern over names.</param>
    /// <param name="common">The classes that they derive from.</param>
    public static void Of(string filter, params Type[] common)
    {
        Type[] classes = [.. typeof(BenchmarkRunner).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && Array.Exists(common, type.IsAssignableTo))];
        BenchmarkSwitcher.FromTypes(classes).Run(["--filter", filter]);
    }
}
