using FedHe.Crypto.Identities;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>What every role of a context shares. Thread-safe.</summary>
internal sealed class PaillierSetup(
    PaillierParameters parameters, PaillierOptions options, int maxDegreeOfParallelism, RandomSource random) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<KeyId, RandomizerPool> _pools = [];
    private bool _isDisposed;

    public PaillierParameters Parameters => parameters;

    /// <summary>Largest number of threads of one operation, or -1.</summary>
    public int MaxDegreeOfParallelism => maxDegreeOfParallelism;

    public RandomSource Random => random;

    public PaillierModulusCache Moduli { get; } = new();

    public PaillierWorkspacePool Workspaces { get; } = new(parameters);

    /// <summary>The pool of a key, which begins to fill; null where the options want none.</summary>
    public RandomizerPool? PoolOf(PaillierPublicKey key)
    {
        if (options.RandomizerCapacity == 0)
        {
            return null;
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(HeContext));
            if (!_pools.TryGetValue(key.KeyId, out RandomizerPool? pool))
            {
                pool = new RandomizerPool(() => key.Randomizers, options.RandomizerCapacity, parameters.CiphertextLength);
                _pools.Add(key.KeyId, pool);
            }

            return pool;
        }
    }

    /// <summary>Stops every background computation and zeroes what it left.</summary>
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
