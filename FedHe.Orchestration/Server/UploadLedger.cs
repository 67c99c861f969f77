using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>
/// Which bytes were accepted for which round, attempt and client, of the open attempt and the one before it: a repeated
/// delivery is answered as the first one was, and other bytes in its place are refused. Anything older is late.
/// </summary>
internal sealed class UploadLedger
{
    private readonly SortedDictionary<Entry, Digest> _accepted = [];

    public int Count => _accepted.Count;

    public IEnumerable<KeyValuePair<Entry, Digest>> Accepted => _accepted;

    public bool TryGet(Entry entry, out Digest digest) => _accepted.TryGetValue(entry, out digest);

    public bool TryAdd(Entry entry, Digest digest) => _accepted.TryAdd(entry, digest);

    /// <summary>Forgets everything but the uploads of one attempt, so that a long job does not grow.</summary>
    public void KeepOnly(int round, int attempt)
    {
        foreach (Entry entry in _accepted.Keys.Where(entry => (entry.Round, entry.Attempt) != (round, attempt)).ToArray())
        {
            _accepted.Remove(entry);
        }
    }

    /// <summary>What an upload is accepted for.</summary>
    [SuppressMessage("Design", "CA1036:Override methods on comparable types", Justification = "Compared by the dictionary only.")]
    public readonly record struct Entry(int Round, int Attempt, ClientId Client) : IComparable<Entry>
    {
        public int CompareTo(Entry other)
            => (Round, Attempt, Client).CompareTo((other.Round, other.Attempt, other.Client));
    }
}
