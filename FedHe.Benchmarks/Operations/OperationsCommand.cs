using System.CommandLine;

namespace FedHe.Benchmarks.Operations;

/// <summary>The command <c>operations</c> runs BenchmarkDotNet on the operations that a segment of an update goes through.</summary>
internal static class OperationsCommand
{
    public static Command Create()
    {
        var filter = new Option<string>("--filter")
        {
            Description = "Which benchmarks to run, as a pattern over names.",
            DefaultValueFactory = _ => "*",
        };
        var command = new Command("operations", "Time encryption, transfer, folding and decryption of one segment.") { filter };
        command.SetAction(result => BenchmarkRunner.Of(result.GetValue(filter)!, typeof(OperationBenchmarks), typeof(PaillierBenchmarks)));
        return command;
    }
}
