using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Safetensors.Models;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;

namespace FedHe.Tool.Training;

/// <summary>
/// Lets another program train: it gets the global model, the task and the places for its results as files, and has to end with the code
/// 0 and a model of the same tensors. Whatever else it does is refused, and changes nothing.
/// </summary>
/// <param name="command">The command, whose words may contain the placeholders {global}, {local}, {task} and {metrics}.</param>
/// <param name="folder">The folder of the client.</param>
/// <param name="client">The name of the client.</param>
/// <param name="samples">The number of samples.</param>
/// <param name="timeout">The time that the program may take.</param>
/// <param name="writeGlobal">Writes the global model to a path.</param>
internal sealed class ExecTrainer(
    string command, string folder, string client, long samples, TimeSpan timeout, Action<string, ModelParameters>? writeGlobal = null) : ILocalTrainer
{
    private const string ProgressMark = "fedhe-progress ";
    private const int LongestMetrics = 64 * 1024;
    private const int ShownLines = 10;

    private readonly Queue<string> _lastLines = new();

    public long SampleCount { get; } = samples;

    /// <summary>What the program wrote as metrics, or null.</summary>
    public JsonObject? Metrics { get; private set; }

    /// <summary>What was wrong with the metrics, or null; they are a report, and the round does not depend on them.</summary>
    public string? MetricsFault { get; private set; }

    /// <summary>Receives the share of the work that is done, as the program says.</summary>
    public IProgress<double>? Progress { get; set; }

    public async Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        string work = Path.Combine(folder, "work", $"round-{task.Round:D6}-{task.Attempt}");
        if (Directory.Exists(work))
        {
            // Of a training that failed or was interrupted: its results must not be taken for those of this one.
            Directory.Delete(work, recursive: true);
        }

        PartyFolder.CreatePrivate(work);
        var files = new Dictionary<string, string>
        {
            ["global"] = Path.Combine(work, "global.safetensors"),
            ["local"] = Path.Combine(work, "local.safetensors"),
            ["task"] = Path.Combine(work, "task.json"),
            ["metrics"] = Path.Combine(work, "metrics.json"),
        };
        if (writeGlobal is null)
        {
            SafetensorsModel.Save(files["global"], globalModel);
        }
        else
        {
            writeGlobal(files["global"], globalModel);
        }

        AtomicFile.Replace(files["task"], JsonSerializer.SerializeToUtf8Bytes(Describe(task)));
        string log = Path.Combine(work, "output.log");
        int exitCode = await RunAsync(files, log, cancellationToken);
        if (exitCode != 0)
        {
            throw ToolException.Refused($"The training command ended with the code {exitCode}.{LastLines()} All of its output is in {log}.");
        }

        if (!Path.Exists(files["local"]))
        {
            throw ToolException.Refused(
                $"The training command ended well but wrote no model to FEDHE_LOCAL_MODEL ({files["local"]}).{LastLines()} All of its output is in {log}.");
        }

        ModelParameters local = LocalModel.Read(files["local"], globalModel.Layout);
        ReadMetrics(files["metrics"]);
        return new LocalTrainingResult(local);
    }

    private JsonObject Describe(TrainingTask task) => new()
    {
        ["client"] = client,
        ["round"] = task.Round,
        ["attempt"] = task.Attempt,
        ["epochs"] = task.Training.LocalEpochs,
        ["batchSize"] = task.Training.BatchSize,
        ["learningRate"] = task.Training.LearningRate,
        ["proximalMu"] = task.Training.ProximalMu,
        ["samples"] = SampleCount,
        ["weightLimit"] = task.WeightLimit,
    };

    private async Task<int> RunAsync(Dictionary<string, string> files, string log, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> words = CommandWords.Split(command);
        var start = new ProcessStartInfo(Fill(words[0], files), words.Skip(1).Select(word => Fill(word, files)))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string path) in files)
        {
            start.Environment[name is "global" or "local" ? $"FEDHE_{name.ToUpperInvariant()}_MODEL" : $"FEDHE_{name.ToUpperInvariant()}"] = path;
        }

        // The password is the client's, not its training program's.
        start.Environment.Remove(Parties.Password.Variable);
        using Process process = Start(start);
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        await using var output = new StreamWriter(log, append: false);
        var writing = new Lock();
        Task reading = Task.WhenAll(ReadAsync(process.StandardOutput, output, writing), ReadAsync(process.StandardError, output, writing));
        try
        {
            await process.WaitForExitAsync(limit.Token);

            // A child that outlives its parent may hold the pipes open.
            await reading.WaitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            throw ToolException.Refused(string.Create(
                CultureInfo.InvariantCulture, $"The training command did not end within {timeout.TotalSeconds:0.###} seconds (--timeout) and was stopped.{LastLines()} All of its output is in {log}."));
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception fault)
        {
            throw ToolException.Refused($"The training command '{start.FileName}' cannot be started: {fault.Message}.", fault);
        }
    }

    private static string Fill(string word, Dictionary<string, string> files)
        => files.Aggregate(word, (text, file) => text.Replace($"{{{file.Key}}}", file.Value, StringComparison.Ordinal));

    private async Task ReadAsync(StreamReader source, StreamWriter log, Lock writing)
    {
        while (await source.ReadLineAsync() is string line)
        {
            lock (writing)
            {
                if (line.StartsWith(ProgressMark, StringComparison.Ordinal)
                    && double.TryParse(line.AsSpan(ProgressMark.Length), CultureInfo.InvariantCulture, out double share))
                {
                    Progress?.Report(Math.Clamp(share, 0, 1));
                    continue;
                }

                log.WriteLine(line);
                log.Flush();
                _lastLines.Enqueue(line);
                if (_lastLines.Count > ShownLines)
                {
                    _lastLines.Dequeue();
                }
            }
        }
    }

    private string LastLines() => _lastLines.Count == 0 ? string.Empty : $" Its last lines:{Environment.NewLine}  {string.Join($"{Environment.NewLine}  ", _lastLines)}{Environment.NewLine}";

    private void ReadMetrics(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            byte[] bytes = new FileInfo(path).Length <= LongestMetrics ? File.ReadAllBytes(path) : throw new JsonException("it is longer than 64 KiB");
            Metrics = JsonNode.Parse(bytes) as JsonObject ?? throw new JsonException("it is no JSON object");
        }
        catch (JsonException fault)
        {
            MetricsFault = $"The metrics were left out: {fault.Message}";
        }
    }
}
