using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using FedHe.Benchmarks.Rounds;
using FedHe.Benchmarks.Scale.Federations;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Layout;
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
        var folder = new Option<DirectoryInfo?>("--folder") { Description = "Run the round as one update a client through files in this folder, with a server of its own process, whose sum is a file." };
        var kill = new Option<bool>("--kill") { Description = "Kill the server in the middle of every update, and start it again; in a federation, in the middle of one, and a client twice; with --folder." };
        var federation = new Option<bool>("--federation") { Description = "Run the round between the server and clients of a federation, with models, uploads and sums in files; with --folder." };
        Option<FileInfo?> json = Json();
        var command = new Command("scale", "Show the memory that a round of a large model needs.")
        {
            parameters, clients, threads, precision, mode, stream, folder, federation, kill, json,
        };
        command.Validators.Add(result =>
        {
            long largest = result.GetValue(stream) ? long.MaxValue : ModelLayout.MaxElementCount;
            if (result.GetResult(parameters) is { Implicit: false } size && size.GetValueOrDefault<long>() is var given && (given < 1 || given > largest))
            {
                result.AddError($"--params must be between 1 and {largest}.");
            }

            if (result.GetValue(folder) is null ? result.GetValue(kill) : result.GetValue(stream))
            {
                result.AddError("--kill needs --folder, and --folder does not go with --stream.");
            }

            if (result.GetValue(federation) && (result.GetValue(folder) is null || RoundModes.Of(result.GetValue(mode)) != RoundMode.RoundKeys))
            {
                result.AddError("--federation needs --folder, and round keys.");
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
            ScaleResult figures = result.GetValue(federation) ? FederationScale.Run(options, result.GetValue(folder)!.FullName, result.GetValue(kill))
                : result.GetValue(folder) is DirectoryInfo place ? FileScale.Run(options, place.FullName, result.GetValue(kill))
                : result.GetValue(stream) ? StreamScale.Run(options)
                : FoldScale.Run(options);
            string text = JsonSerializer.Serialize(figures, JsonOptions);
            Console.WriteLine(text);
            Console.WriteLine(ScaleReport.Summary(figures));
            if (result.GetValue(json) is FileInfo file)
            {
                File.WriteAllText(file.FullName, text);
            }

            return ScaleReport.IsRight(figures) ? 0 : 1;
        });
        return command;
    }

    /// <summary>Tells whether an option that was given is below a number; the defaults are above.</summary>
    private static bool IsBelow(CommandResult result, Option<int> option, int least)
        => result.GetResult(option) is { Implicit: false } given && given.GetValueOrDefault<int>() < least;
}
