using System.Collections.Concurrent;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;

namespace HospitalFedAvg.Federation;

/// <summary>
/// An update log keeps every hospital's latest update in clear, so that the sample can compare the encrypted federation
/// with plaintext averaging. A real federation has no such thing.
/// </summary>
internal sealed class UpdateLog
{
    private readonly ConcurrentDictionary<ClientId, Entry> _latest = new();

    public void Record(ClientId hospital, Entry entry) => _latest[hospital] = entry;

    public IReadOnlyList<Entry> Of(IEnumerable<ClientId> contributors) => [.. contributors.Select(hospital => _latest[hospital])];

    /// <summary>A log entry holds a hospital's trained parameters, the hospital's weight and the number of clamped
    /// values.</summary>
    internal readonly record struct Entry(ModelParameters Parameters, long Weight, int ClampedValues);
}
