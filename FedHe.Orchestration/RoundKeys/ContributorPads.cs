using FedHe.Crypto.LinearTags;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>Contributor pads are the pads of all tags of one contribution.</summary>
internal sealed class ContributorPads(TagKey key, Attempt attempt, Contributor contributor, RoundKeyProtocol protocol) : IDisposable
{
    private readonly PadKey _pads = key.DerivePadKey(attempt.PadContext(contributor, protocol.Lengths));

    /// <summary>Computes the pad of the tag at an index.</summary>
    public LinearPad PadAt(int index)
    {
        (TagKind kind, int segment, TagModulus modulus) = protocol.TagAt(index);
        PadPosition position = kind == TagKind.Outer
            ? new PadPosition((byte)kind, prime: segment)
            : new PadPosition((byte)kind, segment: segment);
        return _pads.PadAt(position, modulus);
    }

    public void Dispose() => _pads.Dispose();
}
