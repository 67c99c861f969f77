using System.Collections.Concurrent;

namespace FedHe.Crypto.Kernels.Memory;

/// <summary>
/// A concurrent pool keeps idle objects for their next user, at most as many as were ever in use at the same time.
/// </summary>
/// <param name="create">Creates an object that returns itself to the pool when its use ends.</param>
/// <remarks>The pool is thread-safe.</remarks>
internal sealed class ConcurrentPool<T>(Func<ConcurrentPool<T>, T> create)
    where T : class
{
    // A bag would take room in every thread for every pool, and anyone can make a context create new pools by sending new
    // moduli. The object used last also comes first from a stack: it is still in the caches.
    private readonly ConcurrentStack<T> _idle = [];

    public T Rent() => _idle.TryPop(out T? item) ? item : create(this);

    public void Return(T item) => _idle.Push(item);
}
