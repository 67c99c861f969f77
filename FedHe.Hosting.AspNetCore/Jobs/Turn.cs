namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A turn belongs to one caller at a time.</summary>
internal sealed class Turn : IDisposable
{
    private readonly SemaphoreSlim _free = new(1, 1);

    /// <summary>Waits for the turn, which the caller has until it disposes the result.</summary>
    public async ValueTask<Held> TakeAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Held(_free);
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    /// <summary>A turn that a caller has.</summary>
    internal readonly struct Held(SemaphoreSlim free) : IDisposable
    {
        /// <summary>Gives the turn back.</summary>
        public void Dispose() => free.Release();
    }
}
