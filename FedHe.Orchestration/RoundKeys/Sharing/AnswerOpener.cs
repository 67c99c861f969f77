using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// An answer opener combines the answers of a committee to the sum of the round keys, and verifies the tag of the sum. Where the first
/// answers fail it, others are tried, so that wrong ones are passed over as long as enough right ones are there.
/// </summary>
/// <param name="job">The job.</param>
/// <param name="sharing">Combines shares.</param>
/// <param name="inner">Makes sums of round keys.</param>
/// <param name="keys">The clients' keys.</param>
internal sealed class AnswerOpener(FederationJob job, RoundKeySharing sharing, KeyAdditiveContext inner, ClientKeys keys) : IKeySumOpener
{
    private readonly SignedAnswers _answers = new(job, (answer, index, list, chain) => AnswerCipher.TryOpen(
        answer.Sealed.Span,
        sharing.Parameters,
        index,
        list.Contributors.Length,
        keys,
        list.AttemptOf(job),
        chain,
        answer.Member,
        job.Committee!.Observer));

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

        List<KeyShare> shares = _answers.Open(answers, list);
        int[] coefficients = SecretMemory.Allocate<int>(sharing.Parameters.Length);
        try
        {
            int contributors = list.Contributors.Length;
            foreach (KeyShare[] chosen in SignedAnswers.SubsetsOf(shares, sharing.Parameters.Threshold))
            {
                if (sharing.TryCombine(chosen, coefficients)
                    && hasher.TryOfKey(coefficients, contributors, out LinearHash hash)
                    && TagModulus.Default.Verify(tags[^1], pads[^1], hash))
                {
                    return inner.CreateKeySum(attempt.PublicSeed, contributors, coefficients.AsSpan());
                }
            }

            return null;
        }
        finally
        {
            SecretMemory.Zero<int>(coefficients);
            shares.ForEach(share => share.Dispose());
        }
    }
}
