using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A key-sum opener opens the sum of the round keys of an attempt, once everything else of it was verified.</summary>
internal interface IKeySumOpener
{
    /// <summary>
    /// The reason to refuse a sum whose round keys do not open: a wrong tag, or, with a committee, answers that do not open it.
    /// </summary>
    IgnoredReason Failure { get; }

    /// <summary>Returns the bytes of a key sum whose digest the list of contributors has.</summary>
    /// <param name="keySum">What an aggregate carries of the sum of round keys.</param>
    ReadOnlySpan<byte> ListedBytes(ReadOnlySpan<byte> keySum);

    /// <summary>Opens and verifies a sum of round keys, or returns null.</summary>
    /// <param name="keySum">What an aggregate carries of the sum of round keys.</param>
    /// <param name="list">The list of contributors.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="tags">The sums of all tags.</param>
    /// <param name="pads">The sums of all pads.</param>
    /// <param name="hasher">Hashes for the attempt.</param>
    RoundKeySum? TryOpen(
        ReadOnlyMemory<byte> keySum, ContributorList list, Attempt attempt, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher);
}
