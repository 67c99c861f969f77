using BenchmarkDotNet.Running;

namespace FedHe.Benchmarks;

/// <summary>Runs BenchmarkDotNet on the classes of one kind.</summary>
internal static class BenchmarkRunner
{
    /// <summary>Runs the benchmarks of all classes derived from a common one.</summary>
    /// <param name="common">The class that they derive from.</param>
    /// <param name="filter">A pattern over names.</param>
    public static void Of(Type common, string filter)
    {
        Type[] classes = [.. common.Assembly.GetTypes().Where(type => type.IsSubclassOf(common))];
        BenchmarkSwitcher.FromTypes(classes).Run(["--filter", filter]);
    }
}
