using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>An answer opener opens the answers of a committee for a client, and takes the sum of the round keys whose tag is right.</summary>
/// <param name="job">The job.</param>
/// <param name="sharing">Combines shares.</param>
/// <param name="inner">Makes sums of round keys.</param>
/// <param name="keys">The clients' keys.</param>
internal sealed class AnswerOpener(FederationJob job, RoundKeySharing sharing, KeyAdditiveContext inner, ClientKeys keys) : IKeySumOpener
{
    private readonly AnswerCombiner _combiner = new(sharing, inner);

    // Members that answer wrongly are no proof against the server, and must not stop clients for good.
    public IgnoredReason Failure => IgnoredReason.BadAnswers;

    // The answers come after the list and are no part of it.
    public ReadOnlySpan<byte> ListedBytes(ReadOnlySpan<byte> keySum) => default;

    public RoundKeySum? TryOpen(
        ReadOnlyMemory<byte> keySum, ContributorList list, Attempt attempt, LinearTag[] tags, LinearPad[] pads, ContentHasher hasher)
    {
        if (CommitteeAnswers.TryRead(keySum) is not CommitteeAnswers answers)
        {
            return null;
        }

        List<KeyShare> shares = SignedAnswers.Open(
            answers, list, job, sharing.Parameters, (sealedShare, place) => AnswerCipher.TryOpen(sealedShare, place, keys));
        try
        {
            return _combiner.TryCombine(
                shares,
                list,
                attempt,
                coefficients => hasher.TryOfKey(coefficients, list.Contributors.Length, out LinearHash hash)
                    && TagModulus.Default.Verify(tags[^1], pads[^1], hash));
        }
        finally
        {
            shares.ForEach(share => share.Dispose());
        }
    }
}
