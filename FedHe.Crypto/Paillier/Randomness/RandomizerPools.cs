using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Paillier.Randomness;

/// <summary>
/// Randomizer pools are the pools of a context, one for each public key that the context encrypts under. They are
/// thread-safe.
/// </summary>
/// <param name="capacity">The largest number of randomizers that a pool keeps ready; 0 for no pools.</param>
/// <param name="length">The length of a randomizer in bytes.</param>
internal sealed class RandomizerPools(int capacity, int length) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<KeyId, RandomizerPool> _pools = [];
    private bool _isDisposed;

    /// <summary>
    /// Gets the pool of a key, which begins to fill when the key is first asked for; null if there are no pools.
    /// </summary>
    /// <param name="keyId">The key.</param>
    /// <param name="source">The source of the key's randomizers.</param>
    /// <exception cref="ObjectDisposedException">The context was disposed.</exception>
    public RandomizerPool? PoolOf(KeyId keyId, RandomizerSource source)
    {
        if (capacity == 0)
        {
            return null;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(HeContext));
            if (!_pools.TryGetValue(keyId, out RandomizerPool? pool))
            {
                pool = new RandomizerPool(source, capacity, length);
                _pools.Add(keyId, pool);
            }

            return pool;
        }
    }

    /// <summary>Stops every background task and zeroes every pool.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (RandomizerPool pool in _pools.Values)
            {
                pool.Dispose();
            }

            _pools.Clear();
        }
    }
}
