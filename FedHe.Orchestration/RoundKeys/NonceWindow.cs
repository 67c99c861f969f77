using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// A nonce window remembers the nonces, and the seeds of protected keys, of the current round and of the sixteen rounds before it. A
/// client whose nonce or seed comes twice has randomness that is not fresh, as after a machine was resumed from a snapshot.
/// </summary>
internal sealed class NonceWindow
{
    private const int Rounds = 17;

    private readonly Dictionary<Digest, int> _roundOf = [];

    /// <summary>The nonces with their rounds, sorted by round.</summary>
    public IEnumerable<KeyValuePair<Digest, int>> Nonces => _roundOf.OrderBy(entry => entry.Value);

    public bool Contains(Digest nonce) => _roundOf.ContainsKey(nonce);

    /// <summary>Adds a nonce of a round, and forgets the nonces of rounds that are too old.</summary>
    public bool TryAdd(Digest nonce, int round)
    {
        foreach ((Digest old, int itsRound) in _roundOf)
        {
            if (itsRound <= round - Rounds)
            {
                _roundOf.Remove(old);
            }
        }

        return _roundOf.TryAdd(nonce, round);
    }
}
