using System.Diagnostics.CodeAnalysis;
using FedHe.MLBridge;

namespace FedHe.Orchestration;

/// <summary>
/// Which bytes were accepted for which round, client and attempt, over the whole job: a repeated delivery is answered as
/// the first one was, and other bytes in its place are refused.
/// </summary>
internal sealed class UploadLedger
{
    private readonly SortedDictionary<Entry, Digest> _accepted = [];

    public int Count => _accepted.Count;

    public IEnumerable<KeyValuePair<Entry, Digest>> Accepted => _accepted;

    public bool TryGet(Entry entry, out Digest digest) => _accepted.TryGetValue(entry, out digest);

    public bool TryAdd(Entry entry, Digest digest) => _accepted.TryAdd(entry, digest);

    /// <summary>What an upload is accepted for.</summary>
    [SuppressMessage("Design", "CA1036:Override methods on comparable types", Justification = "Compared by the dictionary only.")]
    public readonly record struct Entry(int Round, int Attempt, ClientId Client) : IComparable<Entry>
    {
        public int CompareTo(Entry other)
            => (Round, Attempt, Client).CompareTo((other.Round, other.Attempt, other.Client));
    }
}
