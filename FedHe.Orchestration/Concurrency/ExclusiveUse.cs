using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Concurrency;

/// <summary>
/// Exclusive use finds out that two calls of one object overlap, and refuses the second one before it changes anything.
/// </summary>
/// <param name="type">The name of the object's type, for the message of the exception.</param>
internal sealed class ExclusiveUse(string type)
{
    private int _isInUse;

    /// <summary>Begins a call, which ends when the result is disposed.</summary>
    /// <exception cref="ConcurrentUseException">Another call has not ended.</exception>
    public Call Begin()
        => Interlocked.Exchange(ref _isInUse, 1) == 0 ? new Call(this) : throw Throw.ConcurrentUse(type);

    /// <summary>A call that is running.</summary>
    public readonly struct Call(ExclusiveUse use) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Interlocked.Exchange(ref use._isInUse, 0);
    }
}
