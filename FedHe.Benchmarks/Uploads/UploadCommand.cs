using System.CommandLine;
using System.Numerics;
using System.Text.Json;
using FedHe.Orchestration.Messages;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Uploads;

/// <summary>
/// The command <c>upload</c> brings uploads of about 900 MB to a hosted server, in a process of its own, over TLS, beside plain requests with the same bytes, and
/// interrupts some of them.
/// </summary>
internal static class UploadCommand
{
    /// <summary>The interruption in which the server is killed.</summary>
    public const string KilledServer = "server";

    private const string CutConnection = "connection";
    private const string Nothing = "none";
    private const string Both = "both";

    private static readonly JsonSerializerOptions JsonOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static Command Create()
    {
        Option<int> parameters = Number("--params", "Parameters of the model; the default makes uploads of 900 MB.", 276_000_000, minimum: 10_000);
        Option<int> runs = Number("--runs", "Uploads that are measured beside plain requests, behind one that warms up.", 5);
        Option<int> chunk = Number("--chunk", "Length of a chunk in bytes, a power of two.", 4 * 1024 * 1024, TransferHead.MinChunkLength, TransferHead.MaxChunkLength);
        chunk.Validators.Add(result => Require(result, BitOperations.IsPow2(result.GetValueOrDefault<int>()), "--chunk must be a power of two."));
        Option<string> interrupt = Choice("--interrupt", "What is interrupted in the middle of further uploads: the connection is cut, or the server is killed too.", CutConnection, [Nothing, CutConnection, KilledServer, Both]);
        Option<FileInfo?> json = Json();
        var command = new Command("upload", "Bring long uploads to a hosted server over TLS on this machine, beside plain requests with the same bytes.") { parameters, runs, chunk, interrupt, json };
        command.SetAction(async (result, cancellationToken) =>
        {
            string[] interrupted = result.GetValue(interrupt) switch { Nothing => [], Both => [CutConnection, KilledServer], string one => [one], null => [] };
            UploadResult figures = await UploadMeasurement.RunAsync(result.GetValue(parameters), result.GetValue(runs), interrupted, result.GetValue(chunk), cancellationToken).ConfigureAwait(false);
            string text = JsonSerializer.Serialize(figures, JsonOptions);
            Console.WriteLine(text);
            if (result.GetValue(json) is FileInfo file)
            {
                await File.WriteAllTextAsync(file.FullName, text, cancellationToken).ConfigureAwait(false);
            }

            return figures.IsComplete ? 0 : 1;
        });
        return command;
    }
}
