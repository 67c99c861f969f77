using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>
/// The frames that are on their way. The network keeps their order, or, with a seed, delays, reorders, duplicates and loses them.
/// </summary>
internal sealed class Network(int? seed = null)
{
    private readonly List<(string To, Frame Frame)> _onTheirWay = [];
    private readonly Random? _random = seed is int value ? new Random(value) : null;

    public bool IsEmpty => _onTheirWay.Count == 0;

    public void Add(string to, Frame frame) => _onTheirWay.Add((to, frame));

    /// <summary>Takes the next frame to arrive, or null where it was lost.</summary>
    public (string To, Frame Frame)? Take()
    {
        int index = _random?.Next(_onTheirWay.Count) ?? 0;
        (string To, Frame Frame) next = _onTheirWay[index];
        switch (next.Frame.Kind == FrameKind.Message ? _random?.Next(20) : null)
        {
            case 0:
                _onTheirWay.RemoveAt(index);
                return null;
            case 1 or 2:
                // It stays on its way, and arrives once more.
                return next;
            default:
                _onTheirWay.RemoveAt(index);
                return next;
        }
    }

    /// <summary>Loses what is on its way to a party whose process has ended.</summary>
    public void LoseAllTo(string party) => _onTheirWay.RemoveAll(one => one.To == party);

    /// <summary>Loses what is on its way from a party whose process has ended.</summary>
    public void LoseAllFrom(string party) => _onTheirWay.RemoveAll(one => one.Frame.Peer == party);
}
