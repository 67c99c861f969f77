using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Messages;

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

        List<KeyShare> shares = Open(answers, list, attempt);
        int[] coefficients = SecretMemory.Allocate<int>(sharing.Parameters.Length);
        try
        {
            int contributors = list.Contributors.Length;
            foreach (KeyShare[] chosen in SubsetsOf(shares, sharing.Parameters.Threshold))
            {
                if (sharing.TryCombine(chosen, coefficients)
                    && hasher.TryOfKey(coefficients, contributors, out LinearHash hash)
                    && TagModulus.Default.Verify(tags[^1], pads[^1], hash))
                {
                    return Create(attempt, contributors, coefficients);
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

    /// <summary>Opens the answers that members of the committee signed for the list; others count for nothing.</summary>
    private List<KeyShare> Open(CommitteeAnswers answers, ContributorList list, Attempt attempt)
    {
        var shares = new List<KeyShare>();
        Digest chain = list.Chain;
        foreach (RelayedAnswer answer in answers.Answers)
        {
            int index = job.Committee!.IndexOf(answer.Member);
            if (index >= 0 && IsSigned(answer, list, chain)
                && AnswerCipher.TryOpen(
                    answer.Sealed.Span, sharing.Parameters, index, list.Contributors.Length, keys, attempt, chain, answer.Member) is KeyShare share)
            {
                shares.Add(share);
            }
        }

        return shares;
    }

    private bool IsSigned(RelayedAnswer answer, ContributorList list, Digest chain)
    {
        var message = new ShareAnswer(job.JobId, answer.Member, list.Round, chain, answer.Sealed);
        return job.Roster.TryGetKey(answer.Member, out VerificationKey? key)
            && MessageSignature.Verifies(
                MessageFormat.WriteWithSignature(message, job.Authority.ParametersId, answer.Signature.Span), message, key);
    }

    private RoundKeySum Create(Attempt attempt, int contributors, ReadOnlySpan<int> coefficients)
    {
        long[] wide = SecretMemory.Allocate<long>(coefficients.Length);
        try
        {
            for (int i = 0; i < wide.Length; i++)
            {
                wide[i] = coefficients[i];
            }

            return inner.CreateKeySum(attempt.PublicSeed, contributors, wide);
        }
        finally
        {
            SecretMemory.Zero<long>(wide);
        }
    }

    /// <summary>Returns all sets of a number of shares, in the order of the members.</summary>
    private static IEnumerable<KeyShare[]> SubsetsOf(List<KeyShare> shares, int count)
    {
        if (shares.Count < count)
        {
            yield break;
        }

        int[] chosen = [.. Enumerable.Range(0, count)];
        while (true)
        {
            yield return Array.ConvertAll(chosen, index => shares[index]);
            int last = count - 1;
            while (last >= 0 && chosen[last] == shares.Count - count + last)
            {
                last--;
            }

            if (last < 0)
            {
                yield break;
            }

            chosen[last]++;
            for (int i = last + 1; i < count; i++)
            {
                chosen[i] = chosen[i - 1] + 1;
            }
        }
    }
}
