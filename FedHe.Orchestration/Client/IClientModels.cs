using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Client;

/// <summary>Client models are a client's newest model and its latest upload, in memory or in files: how the one is trained and encrypted into the other, and how a sum makes the next one.</summary>
internal interface IClientModels : IDisposable
{
    /// <summary>The newest global model.</summary>
    IFlatModel Newest { get; }

    /// <summary>The facts about the newest average, or null before the first one.</summary>
    AverageSummary? Summary { get; }

    /// <summary>The number of samples that the trainer trains with, as it says.</summary>
    long SampleCount { get; }

    /// <summary>Whether aggregates are read where they lie.</summary>
    bool ReadsStreams { get; }

    /// <summary>Deletes what no state on the disk needs.</summary>
    void BeginStep();

    /// <summary>Ends a step that changed the state.</summary>
    void EndStep();

    /// <summary>Trains the newest model for an invitation, and requires that the trainer did what the job says.</summary>
    Task<TrainedResult> TrainAsync(Invitation invitation, TrainingTask task, IProgress<double>? progress, CancellationToken cancellationToken);

    /// <summary>Keeps a result until its round is over.</summary>
    void Keep(TrainedResult result);

    /// <summary>Encrypts a result, and signs the upload.</summary>
    /// <param name="exchange">Encrypts.</param>
    /// <param name="invitation">The invitation that the upload answers.</param>
    /// <param name="trained">The result.</param>
    /// <param name="weight">The client's weight.</param>
    /// <param name="clamped">The number of values that were moved to their bounds.</param>
    SentUpload Encrypt(IModelExchange exchange, Invitation invitation, TrainedResult trained, long weight, out long clamped);

    /// <summary>Tells whether the message of the latest upload is still there.</summary>
    bool Holds(SentUpload upload);

    /// <summary>Tells whether the message of the latest upload is still what the client signed, for which all of a file is read.</summary>
    bool IsIntact(SentUpload upload);

    /// <summary>Opens an aggregate, and goes on from the next model, or returns the reason to ignore the aggregate, which changes nothing then.</summary>
    /// <param name="exchange">Verifies and decrypts.</param>
    /// <param name="message">The message of the aggregate.</param>
    /// <param name="bytes">The bytes of the message, which are not all of them where it lies in a stream.</param>
    IgnoredReason? TryOpen(IModelExchange exchange, AggregateMessage message, ReadOnlyMemory<byte> bytes);
}
