using System.Collections.Concurrent;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;

namespace HospitalFedAvg.Federation;

/// <summary>
/// Every hospital's latest update in clear, so that the sample can hold the encrypted federation against plaintext
/// averaging. A real federation has no such thing.
/// </summary>
internal sealed class UpdateLog
{
    private readonly ConcurrentDictionary<ClientId, Entry> _latest = new();

    public void Record(ClientId hospital, Entry entry) => _latest[hospital] = entry;

    public IReadOnlyList<Entry> Of(IEnumerable<ClientId> contributors) => [.. contributors.Select(hospital => _latest[hospital])];

    /// <summary>What a hospital trained, how much it counts, and how many of its values were moved to their bound.</summary>
    internal readonly record struct Entry(ModelParameters Parameters, long Weight, int ClampedValues);
}
