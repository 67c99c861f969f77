using BenchmarkDotNet.Running;

namespace FedHe.Benchmarks;

/// <summary>Runs BenchmarkDotNet on the classes of one kind.</summary>
internal static class BenchmarkRunner
{
    /// <summary>Runs the benchmarks of all classes derived from common ones.</summary>
    /// <param name="common">The classes that they derive from.</param>
    /// <param name="filter">A pattern over names.</param>
    public static void Of(Type[] common, string filter)
    {
        Type[] classes =
        [
            .. typeof(BenchmarkRunner).Assembly.GetTypes().Where(type => Array.Exists(common, type.IsSubclassOf)),
        ];
        BenchmarkSwitcher.FromTypes(classes).Run(["--filter", filter]);
    }
}
