using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// The moduli that a context met last, so that the segments of an update do not set up arithmetic again. Few, because
/// anyone can send others. Thread-safe.
/// </summary>
internal sealed class PaillierModulusCache
{
    private const int Capacity = 8;

    private readonly Lock _gate = new();
    private readonly LinkedList<PaillierModulus> _latestFirst = [];

    /// <summary>The modulus of an identity, which is created if it is not here; null if that gives none.</summary>
    public PaillierModulus? GetOrAdd(KeyId keyId, Func<PaillierModulus?> create)
        => TryTouch(keyId) ?? (create() is PaillierModulus created ? Add(created) : null);

    private PaillierModulus? TryTouch(KeyId keyId)
    {
        lock (_gate)
        {
            for (LinkedListNode<PaillierModulus>? node = _latestFirst.First; node is not null; node = node.Next)
            {
                if (node.Value.KeyId == keyId)
                {
                    _latestFirst.Remove(node);
                    _latestFirst.AddFirst(node);
                    return node.Value;
                }
            }
        }

        return null;
    }

    private PaillierModulus Add(PaillierModulus modulus)
    {
        // Two threads may have made it at once; either is as good.
        lock (_gate)
        {
            _latestFirst.AddFirst(modulus);
            if (_latestFirst.Count > Capacity)
            {
                _latestFirst.RemoveLast();
            }
        }

        return modulus;
    }
}
