using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedHe.MLBridge.Adapters;
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
/// <param name="words">The words of the command, which may contain the placeholders {global}, {local}, {task} and {metrics}.</param>
/// <param name="folder">The folder of the client.</param>
/// <param name="client">The name of the client.</param>
/// <param name="samples">The number of samples.</param>
/// <param name="timeout">The time that the program may take.</param>
/// <param name="writeGlobal">Writes the global model to a path.</param>
internal sealed class ExecTrainer(
    IReadOnlyList<string> words, string folder, string client, long samples, TimeSpan timeout, Action<string, ModelParameters>? writeGlobal = null) : ILocalTrainer
{
    private const string ProgressMark = "fedhe-progress ";
    private const int LongestMetrics = 64 * 1024;
    private const int ShownLines = 10;
    private static readonly TimeSpan LastOutput = TimeSpan.FromSeconds(2);

    private readonly Queue<string> _lastLines = new();

    public long SampleCount { get; } = samples;

    /// <summary>What the program wrote as metrics the last time, or null.</summary>
    public JsonObject? Metrics { get; private set; }

    /// <summary>What was wrong with the metrics, or null; they are a report, and the round does not depend on them.</summary>
    public string? MetricsFault { get; private set; }

    /// <summary>The names of tensors that the program changed the last time, although they are not averaged, so that the change is lost.</summary>
    public IReadOnlyList<string> Lost { get; private set; } = [];

    /// <summary>Receives the share of the work that is done, as the program says.</summary>
    public IProgress<double>? Progress { get; set; }

    public async Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        LocalModel.RefuseCorrections(task);
        (Metrics, MetricsFault, Lost) = (null, null, []);
        string work = CreateWorkFolder($"round-{task.Round:D6}-{task.Attempt}");
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

        if (!IsSomething(files["local"]))
        {
            throw ToolException.Refused(
                $"The training command ended well but wrote no model to FEDHE_LOCAL_MODEL ({files["local"]}).{LastLines()} All of its output is in {log}.");
        }

        ModelParameters local = LocalModel.Read(files["local"], globalModel.Layout);
        if (task.Moving is AdapterHalf moving)
        {
            // The client would find it too, where nobody reads what was wrong.
            AdapterLayout.Of(globalModel.Layout).RequireFrozen(globalModel, local, moving);
        }

        Lost = LocalModel.Lost(files["local"], files["global"], globalModel.Layout);
        ReadMetrics(files["metrics"]);
        return new LocalTrainingResult(local) { Metrics = ReportedMetrics.Of(Metrics, out _) };
    }

    /// <summary>
    /// Makes a folder that no other run has: a program of a run that was killed may still be there, and what it writes must not be taken
    /// for the result of this one. What other runs of the round left is deleted.
    /// </summary>
    private string CreateWorkFolder(string name)
    {
        var all = new DirectoryInfo(Path.Combine(folder, "work"));
        PartyFolder.CreatePrivate(all.FullName);
        foreach (DirectoryInfo other in all.EnumerateDirectories($"{name}-*"))
        {
            other.Delete(recursive: true);
        }

        string work = Path.Combine(all.FullName, $"{name}-{Guid.NewGuid().ToString("N")[..8]}");
        PartyFolder.CreatePrivate(work);
        return work;
    }

    /// <summary>Tells whether a path leads to a folder or to a file with a length, which pipes and devices have not: opening these may never end.</summary>
    private static bool IsSomething(string path)
    {
        if (Directory.Exists(path))
        {
            return true;
        }

        var file = new FileInfo(path);
        return file.Exists && (file.ResolveLinkTarget(returnFinalTarget: true) is FileSystemInfo target ? target is FileInfo { Exists: true, Length: > 0 } : file.Length > 0);
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
        ["moving"] = task.Moving?.ToString(),
    };

    private async Task<int> RunAsync(Dictionary<string, string> files, string log, CancellationToken cancellationToken)
    {
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
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        await using var output = new StreamWriter(log, append: false);
        using Process process = Start(start);
        try
        {
            process.StandardInput.Close();
            var lines = new OutputLines(output, line => Keep(line));
            Task reading = Task.WhenAll(lines.ReadAsync(process.StandardOutput), lines.ReadAsync(process.StandardError));
            Task exit = process.WaitForExitAsync(limit.Token);
            if (await Task.WhenAny(exit, reading) == reading)
            {
                // Where the output cannot be kept, because the disk is full, the training ends here.
                await reading;
            }

            await exit;

            // What the command left running may hold its output open: its result is here all the same.
            await Task.WhenAny(reading, Task.Delay(LastOutput, CancellationToken.None));
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            cancellationToken.ThrowIfCancellationRequested();
            throw ToolException.Refused(string.Create(
                CultureInfo.InvariantCulture, $"The training command did not end within {timeout.TotalSeconds:0.###} seconds (--timeout) and was stopped.{LastLines()} All of its output is in {log}."));
        }
        catch
        {
            Kill(process);
            throw;
        }
    }

    private static void Kill(Process process)
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
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

    /// <summary>Takes a line of the output: progress moves the bar, and the last other lines are shown where something goes wrong.</summary>
    /// <returns>Whether the line is to be kept in the log.</returns>
    private bool Keep(string line)
    {
        if (line.StartsWith(ProgressMark, StringComparison.Ordinal)
            && double.TryParse(line.AsSpan(ProgressMark.Length), CultureInfo.InvariantCulture, out double share))
        {
            Progress?.Report(Math.Clamp(share, 0, 1));
            return false;
        }

        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > ShownLines)
            {
                _lastLines.Dequeue();
            }
        }

        return true;
    }

    private string LastLines()
    {
        lock (_lastLines)
        {
            return _lastLines.Count == 0 ? string.Empty : $" Its last lines:{Environment.NewLine}  {string.Join($"{Environment.NewLine}  ", _lastLines)}{Environment.NewLine}";
        }
    }

    /// <summary>Reads the metrics, which are a report: whatever is wrong with them, the round goes on without.</summary>
    private void ReadMetrics(string path)
    {
        try
        {
            if (!IsSomething(path))
            {
                return;
            }

            var head = new byte[LongestMetrics + 1];
            using FileStream file = File.OpenRead(path);
            int length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            JsonObject metrics = length > LongestMetrics ? throw new JsonException("it is longer than 64 KiB")
                : JsonNode.Parse(head.AsSpan(0, length)) as JsonObject ?? throw new JsonException("it is no JSON object");
            _ = metrics.ToJsonString();
            Metrics = metrics;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            MetricsFault = $"The metrics were left out: {fault.Message}";
        }
    }
}
