using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Client;

/// <summary>
/// The sent messages are the digests of the last few messages that a client sent, so that it can tell which
/// acknowledgements answer it. The class is thread-safe, because a host may announce a client while it trains.
/// </summary>
internal sealed class SentMessages
{
    private const int Capacity = 16;

    private readonly Queue<Digest> _digests = new(Capacity);
    private readonly Lock _changing = new();

    /// <summary>Remembers a message, and forgets the oldest one when there are too many.</summary>
    /// <param name="digest">The digest of the whole message.</param>
    public void Add(Digest digest)
    {
        lock (_changing)
        {
            if (_digests.Count == Capacity)
            {
                _digests.Dequeue();
            }

            _digests.Enqueue(digest);
        }
    }

    /// <summary>Returns whether a digest is the digest of a remembered message.</summary>
    public bool Contains(Digest digest)
    {
        lock (_changing)
        {
            return _digests.Contains(digest);
        }
    }
}
