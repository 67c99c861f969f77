using FedHe.MLBridge.Controls;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Client;

/// <summary>
/// Sent controls are what a client's control variate becomes by each of its uploads since the model that it has. A server that was set back may deliver the sum of an attempt
/// after the client uploaded for a later attempt or round from the same model.
/// </summary>
/// <remarks>
/// Uploads of one training encrypt the same control difference, and share what follows from it. What exceeds a limit is forgotten, the oldest first, and a sum that has it makes the client's
/// control variate lost. Another training comes only after a sum that was refused, answered for or published.
/// </remarks>
internal sealed class SentControls
{
    private readonly List<SentControl> _uploads = [];

    /// <summary>What follows from each training, from the oldest to the latest.</summary>
    public IEnumerable<ControlVariate> Trainings => _uploads.Where((_, i) => IsFirst(i)).Select(upload => upload.After);

    /// <summary>What a saved state says in clear of the uploads.</summary>
    public SentSlot[] Slots => [.. _uploads.Select((upload, i) => new SentSlot(upload.Round, upload.Attempt, upload.Nonce, IsFirst(i)))];

    /// <summary>Remembers an upload.</summary>
    public void Add(SentControl upload)
    {
        bool isRepeated = _uploads.Count > 0 && _uploads[^1].After.Values.SequenceEqual(upload.After.Values);
        _uploads.Add(isRepeated ? upload with { After = _uploads[^1].After } : upload);
        while (_uploads.Count > ControlFormat.MostUploads || Trainings.Count() > ControlFormat.MostTrainings)
        {
            _uploads.RemoveAt(0);
        }
    }

    /// <summary>Returns what the client's control variate becomes by the contribution that a list names, or null where the client does not remember it.</summary>
    public ControlVariate? Find(ContributorList list, Contributor listed)
        => _uploads.Find(one => one.Round == list.Round && one.Attempt == list.AttemptNumber && one.Nonce == listed.Nonce)?.After;

    /// <summary>Takes back what was saved.</summary>
    /// <param name="slots">The uploads, from the oldest to the latest.</param>
    /// <param name="trainings">What follows from each training, one for each upload that is the first of one.</param>
    public void Restore(IEnumerable<SentSlot> slots, IReadOnlyList<ControlVariate> trainings)
    {
        int training = -1;
        foreach (SentSlot slot in slots)
        {
            training += slot.IsFirst ? 1 : 0;
            _uploads.Add(new SentControl(slot.Round, slot.Attempt, slot.Nonce, trainings[training]));
        }
    }

    /// <summary>Forgets all uploads, because none from an earlier model can be in a later sum.</summary>
    public void Clear() => _uploads.Clear();

    // Uploads of one training have the same object.
    private bool IsFirst(int index) => index == 0 || _uploads[index].After != _uploads[index - 1].After;
}
