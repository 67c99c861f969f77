namespace FedHe.Tool.Watching;

/// <summary>A watch source says how a job stands.</summary>
internal interface IWatchSource : IDisposable
{
    /// <summary>Returns how the job stands now; null where nothing is known of it yet.</summary>
    Task<WatchedJob?> ReadAsync(CancellationToken cancellationToken);
}
