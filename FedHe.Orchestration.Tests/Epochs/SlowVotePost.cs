using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Committee;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>
/// A slow-vote post holds the offers of an epoch to each member, and its votes, until time has passed a number of times since the first offer. One
/// member may be corrupt: it reports about its boxes as it should, and never answers.
/// </summary>
/// <param name="delays">How often time passes before the offers and votes of each member go on.</param>
/// <param name="mute">The member whose answers are lost, or null.</param>
internal sealed class SlowVotePost(int[] delays, int? mute) : Post
{
    private readonly List<Letter> _held = [];
    private int? _idleTimes;

    /// <summary>How often nothing but held letters was on its way, so that time had to pass.</summary>
    public int IdleTimes { get; private set; }

    public override void Add(Letter letter)
    {
        MessageKind kind = MessageInfo.TryRead(letter.Bytes.Span, out MessageInfo? info) ? info.Kind : default;
        if (kind == MessageKind.ShareAnswer && letter.Client == mute)
        {
            return;
        }

        if (kind is MessageKind.EpochOffer or MessageKind.EpochVote)
        {
            _idleTimes ??= 0;
            _held.Add(letter);
            return;
        }

        base.Add(letter);
    }

    public override bool TryTake(out Letter letter)
    {
        Letters.AddRange(_held.Where(IsDue));
        _held.RemoveAll(IsDue);
        if (base.TryTake(out letter))
        {
            return true;
        }

        IdleTimes++;
        _idleTimes++;
        return false;
    }

    private bool IsDue(Letter letter) => _idleTimes >= (letter.Client < delays.Length ? delays[letter.Client] : 0);
}
