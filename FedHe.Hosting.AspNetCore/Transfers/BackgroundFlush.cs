namespace FedHe.Hosting.AspNetCore.Transfers;

/// <summary>
/// A background flush brings a file to the disk while more of it comes, so that little is left for the flush that an answer waits for. One thread at a time uses it.
/// </summary>
/// <param name="flush">Brings the file to the disk.</param>
internal sealed class BackgroundFlush(Action flush)
{
    // Enough for few flushes, little enough for the last one to be short.
    private const long MostUnflushed = 64 * 1024 * 1024;

    private Task _flushing = Task.CompletedTask;
    private long _flushed;

    /// <summary>The first flush that failed, or the newest one.</summary>
    public Task Newest => _flushing;

    /// <summary>Begins to bring what is written to the disk, where that is worth it.</summary>
    /// <param name="written">The length of what is written, in bytes.</param>
    /// <param name="isWhole">Whether nothing more comes.</param>
    public void Follow(long written, bool isWhole)
    {
        if (_flushing.IsCompletedSuccessfully && written > _flushed && (isWhole || written - _flushed >= MostUnflushed))
        {
            _flushed = written;
            _flushing = Task.Run(flush);

            // Nobody may ask for it: a transfer that ends needs no file.
            _ = _flushing.ContinueWith(static flushing => _ = flushing.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Brings the whole file to the disk, and begins anew.</summary>
    /// <exception cref="IOException">
    /// A flush has failed, this one or an earlier one: what the system lost it says once, and a later flush succeeds without it.
    /// </exception>
    public void Complete()
    {
        Task flushing = _flushing;
        (_flushing, _flushed) = (Task.CompletedTask, 0);
        flushing.GetAwaiter().GetResult();
        flush();
    }
}
