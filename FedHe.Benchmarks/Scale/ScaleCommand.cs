using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using FedHe.Benchmarks.Rounds;
using FedHe.Crypto.KeyAdditive.Parameters;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Scale;

/// <summary>The command <c>scale</c> shows the memory that a round of a large model needs.</summary>
internal static class ScaleCommand
{
    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        var parameters = new Option<long>("--params") { Description = "Parameters of the model.", DefaultValueFactory = _ => 100_000_000 };
        var stream = new Option<bool>("--stream") { Description = "Run the round one segment after the other, in memory of a few of them." };
        Option<int> clients = Number("--clients", "Clients of the round.", 10);
        Option<int> threads = Number("--threads", "Threads of one operation.", 1);
        Option<int> precision = Number("--precision", "Promised bits of precision; 0 leaves nothing out, in the direct mode alone.", 24, minimum: 0, maximum: 30);
        Option<string> mode = RoundModes.Option();
        Option<FileInfo?> json = Json();
        var command = new Command("scale", "Show the memory that a round of a large model needs.")
        {
            parameters, clients, threads, precision, mode, stream, json,
        };
        command.Validators.Add(result =>
        {
            long largest = result.GetValue(stream) ? long.MaxValue : Array.MaxLength - 1;
            if (result.GetResult(parameters) is { Implicit: false } size && size.GetValueOrDefault<long>() is var given && (given < 1 || given > largest))
            {
                result.AddError($"--params must be between 1 and {largest}.");
            }

            if (RoundModes.Of(result.GetValue(mode)) == RoundMode.RoundKeys
                && (IsBelow(result, precision, KeyAdditiveRequirements.LeastPrecisionBits) || IsBelow(result, clients, 2)))
            {
                result.AddError($"Round keys need 2 clients and {KeyAdditiveRequirements.LeastPrecisionBits} bits of precision or more.");
            }
        });
        command.SetAction(result =>
        {
            var options = new ScaleOptions(
                RoundModes.Of(result.GetValue(mode)), result.GetValue(parameters), result.GetValue(clients), result.GetValue(threads), result.GetValue(precision));
            ScaleResult figures = result.GetValue(stream) ? StreamScale.Run(options) : FoldScale.Run(options);
            string text = JsonSerializer.Serialize(figures, JsonOptions);
            Console.WriteLine(text);
            Console.WriteLine(ScaleReport.Summary(figures));
            if (result.GetValue(json) is FileInfo file)
            {
                File.WriteAllText(file.FullName, text);
            }

            return figures.MaxAbsError <= figures.PromisedError ? 0 : 1;
        });
        return command;
    }

    /// <summary>Tells whether an option that was given is below a number; the defaults are above.</summary>
    private static bool IsBelow(CommandResult result, Option<int> option, int least)
        => result.GetResult(option) is { Implicit: false } given && given.GetValueOrDefault<int>() < least;
}
