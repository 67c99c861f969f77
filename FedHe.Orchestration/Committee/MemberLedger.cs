using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Persistence;

namespace FedHe.Orchestration.Committee;

/// <summary>
/// A member ledger is what a committee member must never forget: which list of a round it answered for, which epoch it voted for, and the
/// key of the current round, in data.
/// </summary>
/// <remarks>
/// A member that goes back to an older ledger could answer for a second list of a round, and counts as corrupt. The ledger must not be
/// backed up, and the machine that has it must not be cloned.
/// </remarks>
internal sealed class MemberLedger : IDisposable
{
    /// <summary>The round up to which the member answers nothing, because it may have answered before it lost its ledger; or 0.</summary>
    public int Floor { get; private set; }

    /// <summary>The epoch of the key; 0 before the first one.</summary>
    public int KeyEpoch { get; private set; }

    /// <summary>The round of the key; 0 before the first one.</summary>
    public int KeyRound { get; private set; }

    /// <summary>The key of the round, or null when it was erased or could not be saved.</summary>
    public BoxKeyPair? Key { get; private set; }

    /// <summary>The round of the list that the member answered for last; 0 before the first one.</summary>
    public int AnsweredRound { get; private set; }

    /// <summary>The digest of the chain up to that list.</summary>
    public Digest AnsweredList { get; private set; }

    /// <summary>The bytes of that answer, which the member repeats unchanged.</summary>
    public ReadOnlyMemory<byte> Answer { get; private set; }

    /// <summary>The vote for a later epoch that the member gave last.</summary>
    public GivenVote Vote { get; private set; }

    /// <summary>The number of changes of the ledger.</summary>
    public long Version { get; set; }

    /// <summary>Whether a message changed what must be saved.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The stamp of the ledger.</summary>
    public StateStamp Stamp => new(Life: 1, Guid.Empty, Version, Math.Max(Math.Max(KeyRound, AnsweredRound), Vote.FirstRound), Attempt: 0);

    /// <summary>
    /// Makes the member answer nothing up to a round unless the ledger has its answer. It is saved with the next change, and until then
    /// follows again from what it followed from.
    /// </summary>
    public void RaiseFloor(int round) => Floor = Math.Max(Floor, round);

    /// <summary>
    /// Makes the member vote for nothing up to a round but what the ledger has, because it may have voted before it lost its ledger. Like
    /// the floor it follows again from what it followed from.
    /// </summary>
    public void RaiseVote(int number, int firstRound)
    {
        if (firstRound > Vote.FirstRound)
        {
            Vote = new GivenVote(number, firstRound, Epoch: default, Message: default);
        }
    }

    /// <summary>Takes the key of a later round, or of a round in a later epoch; the earlier key is erased.</summary>
    public void Begin(int epoch, int round, BoxKeyPair? key)
    {
        Key?.Dispose();
        (KeyEpoch, KeyRound, Key) = (epoch, round, key);
        IsChanged = true;
    }

    /// <summary>Notes a vote for a later epoch. Nothing is answered with the key of this one any more, so it is erased.</summary>
    public void Note(GivenVote vote)
    {
        Vote = vote;
        Key?.Dispose();
        Key = null;
        IsChanged = true;
    }

    /// <summary>Notes the only answer of a round.</summary>
    public void Note(int round, Digest list, ReadOnlyMemory<byte> answer)
    {
        (AnsweredRound, AnsweredList, Answer) = (round, list, answer);
        IsChanged = true;
    }

    /// <summary>Erases the key of a round that is over. Forward secrecy begins here.</summary>
    public void Erase(int round)
    {
        if (Key is not null && KeyRound <= round)
        {
            Key.Dispose();
            Key = null;
            IsChanged = true;
        }
    }

    /// <summary>Ends a step, and returns whether it changed what must be saved.</summary>
    public bool EndStep()
    {
        bool isChanged = IsChanged;
        Version += isChanged ? 1 : 0;
        IsChanged = false;
        return isChanged;
    }

    public void Dispose() => Key?.Dispose();
}
