using System.Globalization;
using System.Text.Json.Nodes;
using FedHe.Hosting.Clients;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Metrics;
using FedHe.Tool.Folders;
using FedHe.Tool.Output;
using FedHe.Tool.Parties;
using FedHe.Tool.Training;

namespace FedHe.Tool.Kits;

/// <summary>A kit client runs the training command, keeps every model as a file with a note about its round, and ends when the job has ended.</summary>
internal sealed class KitClient : IDisposable
{
    private readonly Kit _kit;
    private readonly ToolConsole _console;
    private readonly ModelStore _models;
    private readonly ExecTrainer _trainer;
    private readonly TaskCompletionSource<FederatedModel> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Opens the models of a client.</summary>
    /// <param name="kit">The kit.</param>
    /// <param name="job">Its job.</param>
    /// <param name="command">The words of the training command.</param>
    /// <param name="samples">The number of samples.</param>
    /// <param name="timeout">The time that the training command may take.</param>
    /// <param name="console">Receives a line for every training and every model.</param>
    public KitClient(Kit kit, FederationJob job, IReadOnlyList<string> command, long samples, TimeSpan timeout, ToolConsole console)
    {
        _kit = kit;
        _console = console;
        string start = kit.PathOf(KitFiles.Start);
        if (!File.Exists(start))
        {
            throw ToolException.Refused($"{start} is missing, the model that clients start from. Take it from the kit again.");
        }

        _models = new ModelStore(kit.Location, File.ReadAllBytes(start), job.Terms.Layout);
        _trainer = new ExecTrainer(command, kit.Location, kit.Party, samples, timeout, _models.Write);
    }

    /// <summary>The model that all clients start from.</summary>
    public ModelParameters Initial => _models.Initial;

    /// <summary>The number of samples that the client trains with.</summary>
    public long SampleCount => _trainer.SampleCount;

    /// <summary>Whether the metrics of trainings are sent to the server.</summary>
    public bool ReportsMetrics { get; init; }

    /// <summary>Completes with the last model, when the job has ended and nothing about the model is open.</summary>
    public Task<FederatedModel> Ended => _ended.Task;

    /// <summary>The path of the file of a model.</summary>
    public string PathOf(FederatedModel model) => _models.PathOf(model.Round, model.Release);

    /// <summary>Trains, and says why a training failed: a host logs the type of the failure alone.</summary>
    public async Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Say(string.Create(CultureInfo.InvariantCulture, $"{KitLines.Training} {task.Round}"));
        DeleteWorkBefore(task.Round);
        try
        {
            LocalTrainingResult result = await _trainer.TrainAsync(globalModel, task, progress, cancellationToken);
            if (_trainer.Lost.Count > 0)
            {
                Say(LocalModel.LostText(_trainer.Lost));
            }

            KeepMetrics(task.Round);
            return result;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            Say($"The training failed, and is tried again later: {fault.Message}");
            throw;
        }
    }

    /// <summary>Keeps a model.</summary>
    public Task TakeAsync(FederatedModel model, CancellationToken cancellationToken)
    {
        DeleteWhatOthersChanged(model);
        _models.Keep(model.Round, model.Release, model.Parameters);
        if (model.Round > 0)
        {
            KeepNote(model);
        }

        // Where clients share a key, the last model waits for their confirmations.
        if (model.Outcome is not null && model.Release != ModelRelease.Unconfirmed)
        {
            _ended.TrySetResult(model);
        }

        return Task.CompletedTask;
    }

    public void Dispose() => _models.Dispose();

    /// <summary>Deletes the file of a model that has changed since it was noted, so that it is written anew and no other model gets its note.</summary>
    private void DeleteWhatOthersChanged(FederatedModel model)
    {
        string path = PathOf(model);
        RoundNote known = RoundNote.Read(_kit.Location, model.Round);
        if (known.Model == Path.GetRelativePath(_kit.Location, path) && File.Exists(path) && FileDigest.Of(path) != known.Sha256)
        {
            Say($"{known.Model} is not the file that was written: it is written anew.");
            File.Delete(path);
        }
    }

    private void KeepNote(FederatedModel model)
    {
        string path = PathOf(model);
        string digest = FileDigest.Of(path);
        RoundNote known = RoundNote.Read(_kit.Location, model.Round);
        RoundNote note = known with
        {
            Model = Path.GetRelativePath(_kit.Location, path),
            Sha256 = digest,
            Release = model.Release,
            Outcome = model.Outcome,
            SpentEpsilon = model.Privacy?.Epsilon,
            IsBudgetSpent = model.Privacy?.IsExhausted,
        };
        if (model.MaxErrorBound > 0)
        {
            note = note with { MaxErrorBound = model.MaxErrorBound };
        }

        note.Write(_kit.Location, model.Round);
        if (note.Model == known.Model)
        {
            // The job has ended with it, or the client was started again.
            return;
        }

        Say(string.Create(CultureInfo.InvariantCulture, $"{KitLines.Model} {model.Round}: {note.Model} ({model.Release}), sha256 {digest}"));
    }

    /// <summary>Deletes what trainings of earlier rounds left, two models each, which would fill the disk of a client that runs for long.</summary>
    private void DeleteWorkBefore(int round)
    {
        var work = new DirectoryInfo(_kit.PathOf("work"));
        string current = string.Create(CultureInfo.InvariantCulture, $"round-{round:D6}-");
        foreach (DirectoryInfo other in work.Exists ? work.GetDirectories("round-*").Where(folder => !folder.Name.StartsWith(current, StringComparison.Ordinal)) : [])
        {
            other.Delete(recursive: true);
        }
    }

    private void KeepMetrics(int round)
    {
        if (_trainer.MetricsFault is string fault)
        {
            Say(fault);
        }

        if (_trainer.Metrics is JsonObject metrics)
        {
            _ = ReportedMetrics.Of(metrics, out IReadOnlyList<string> leftOut);
            if (ReportsMetrics && leftOut.Count > 0)
            {
                Say($"Not reported, because they are no finite numbers with names of 32 characters, or more than {RoundMetrics.MaxCount}: {string.Join(", ", leftOut)}");
            }

            (RoundNote.Read(_kit.Location, round) with { Metrics = (JsonObject)metrics.DeepClone() }).Write(_kit.Location, round);
        }
    }

    /// <summary>Writes a line, in which the words of training programs may stand.</summary>
    private void Say(string text) => _console.Errors.WriteLine(Report.Printable($"{_kit.Party}: {text}"));
}

/// <summary>Lets the container make the trainer of a kit.</summary>
internal sealed class KitTrainer(KitClient client) : ILocalTrainer
{
    public long SampleCount => client.SampleCount;

    public Task<LocalTrainingResult> TrainAsync(ModelParameters globalModel, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken)
        => client.TrainAsync(globalModel, task, progress, cancellationToken);
}
