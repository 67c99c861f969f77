using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.LinearTags;

/// <summary>A pinned secret is memory that is zeroed when its owner is disposed or forgotten.</summary>
/// <remarks>Users read the secret under <see cref="Gate"/>, so that it is never zeroed under their eyes.</remarks>
internal sealed class PinnedSecret<T>(object owner, int length) : IDisposable
    where T : unmanaged
{
    private readonly Lock _gate = new();
    private readonly T[] _memory = SecretMemory.Allocate<T>(length);
    private bool _isDisposed;

    /// <summary>Zeroes the secret, or waits for the next collection while somebody reads it.</summary>
    /// <remarks>A reader's last use of the owner comes before its last use of the memory, so that both can be forgotten in between.</remarks>
    ~PinnedSecret()
    {
        if (!_gate.TryEnter())
        {
            GC.ReRegisterForFinalize(this);
            return;
        }

        SecretMemory.Zero<T>(_memory);
        _gate.Exit();
    }

    /// <summary>The lock that keeps the secret from being zeroed.</summary>
    public Lock Gate => _gate;

    /// <summary>The elements of the secret, which are to be used under <see cref="Gate"/>.</summary>
    /// <exception cref="ObjectDisposedException">The owner was disposed.</exception>
    public Span<T> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, owner);
            return _memory;
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            _isDisposed = true;
            SecretMemory.Zero<T>(_memory);
        }

        GC.SuppressFinalize(this);
    }
}
