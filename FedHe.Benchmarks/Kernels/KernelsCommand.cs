using System.CommandLine;
using FedHe.Benchmarks.Kernels.MultiPrecision;

namespace FedHe.Benchmarks.Kernels;

/// <summary>The command <c>kernels</c>: BenchmarkDotNet on every kernel, or medians within seconds with <c>--quick</c>.</summary>
internal static class KernelsCommand
{
    public static Command Create()
    {
        var quick = new Option<bool>("--quick")
        {
            Description = "Print medians of one process instead of running BenchmarkDotNet.",
        };
        var filter = new Option<string>("--filter")
        {
            Description = "The benchmarks to run, as a pattern over names.",
            DefaultValueFactory = _ => "*",
        };
        var command = new Command("kernels", "Time every kernel against its specification.") { quick, filter };
        command.SetAction(result =>
        {
            if (result.GetValue(quick))
            {
                QuickReport.Write(Console.Out);
                ModularReport.Write(Console.Out);
                return;
            }

            BenchmarkRunner.Of(result.GetValue(filter)!, typeof(KernelBenchmarks), typeof(PrimitiveBenchmarks), typeof(ModularBenchmarks));
        });
        return command;
    }
}
