using System.Diagnostics.CodeAnalysis;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>
/// An upload ledger contains the accepted uploads of the open attempt and of the attempt before it, in the order of
/// arrival.
/// </summary>
/// <remarks>
/// A repeated delivery gets the same answer as the first one, and other content for the same slot is refused. An upload
/// for an older attempt is late.
/// </remarks>
internal sealed class UploadLedger
{
    private readonly List<Contribution> _accepted = [];
    private readonly Dictionary<UploadSlot, Contribution> _bySlot = [];

    public IReadOnlyList<Contribution> Accepted => _accepted;

    public bool Contains(UploadSlot slot) => _bySlot.ContainsKey(slot);

    public bool TryGet(UploadSlot slot, [NotNullWhen(true)] out Contribution? contribution)
        => _bySlot.TryGetValue(slot, out contribution);

    public bool TryAdd(Contribution contribution)
    {
        bool isNew = _bySlot.TryAdd(contribution.Slot, contribution);
        if (isNew)
        {
            _accepted.Add(contribution);
        }

        return isNew;
    }

    /// <summary>Returns the uploads of one attempt in the order of arrival.</summary>
    public IEnumerable<Contribution> Of(int round, int attempt)
        => _accepted.Where(contribution => IsOf(contribution, round, attempt));

    /// <summary>Discards everything except the uploads of one attempt, so that a long job does not grow.</summary>
    public void KeepOnly(int round, int attempt)
    {
        foreach (Contribution old in _accepted.Where(contribution => !IsOf(contribution, round, attempt)))
        {
            _bySlot.Remove(old.Slot);
        }

        _accepted.RemoveAll(contribution => !IsOf(contribution, round, attempt));
    }

    private static bool IsOf(Contribution contribution, int round, int attempt)
        => (contribution.Slot.Round, contribution.Slot.Attempt) == (round, attempt);
}
