using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FedHe.Benchmarks.Rounds;
using FedHe.Orchestration.Job;
using static FedHe.Benchmarks.CommandOptions;

namespace FedHe.Benchmarks.Starts;

/// <summary>The command <c>start</c> measures clients from the first statement of their program to their first upload.</summary>
internal static class StartCommand
{
    public static Command Create()
    {
        Option<int> parameters = Number("--params", "Parameters of the model.", 79_510);
        Option<int> processes = Number("--processes", "Fresh processes.", 9, maximum: 1000);
        Option<KeysOption> keys = KeysOption.Option();
        Option<string> clock = Timing.Option();
        Option<FileInfo?> json = Json();
        var command = new Command("start", "Time clients from the start of their program to their first upload, with keys that they load.")
        {
            parameters, processes, keys, clock, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(keys) is { Kind: KeysKind.Threshold } or { Needed: > 0 })
            {
                result.AddError("--keys of a start are authority or committee:n.");
            }

            Timing.Check(result, clock);
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("fedhe-start-");
            try
            {
                await StartFederation.WriteAsync(result.GetValue(keys)!, result.GetValue(parameters), new StartFiles(folder.FullName)).ConfigureAwait(false);
                StartResult figures = Measure(result.GetValue(processes), folder.FullName, result.GetValue(clock)!);
                string text = JsonSerializer.Serialize(figures, RoundJson.Default.StartResult);
                Console.WriteLine(text);
                Console.WriteLine(Summary(figures));
                if (result.GetValue(json) is FileInfo file)
                {
                    await File.WriteAllTextAsync(file.FullName, text, cancellationToken).ConfigureAwait(false);
                }
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        });
        return command;
    }

    private static StartResult Measure(int processes, string folder, string clock)
    {
        StartResult[] results = [.. Enumerable.Range(0, processes).Select(_ => FreshProcess.Run([StartedClient.Argument, folder, clock], RoundJson.Default.StartResult))];
        return results[0] with
        {
            Processes = processes,
            KeysMs = Timing.Median(results, one => one.KeysMs),
            ClientMs = Timing.Median(results, one => one.ClientMs),
            UploadMs = Timing.Median(results, one => one.UploadMs),
            LeastUploadMs = results.Min(one => one.UploadMs),
            ProcessorMs = Timing.Median(results, one => one.ProcessorMs),
            RuntimeMs = Timing.Median(results, one => one.RuntimeMs),
            CompiledMethods = (int)Timing.Median(results, one => one.CompiledMethods),
        };
    }

    private static string Summary(StartResult figures) => string.Create(
        CultureInfo.InvariantCulture,
        $"from the first statement, median of {figures.Processes}: keys loaded {figures.KeysMs:F0} ms, client restored {figures.ClientMs:F0} ms, first upload {figures.UploadMs:F0} ms (least {figures.LeastUploadMs:F0}); {figures.CompiledMethods} methods compiled");
}
