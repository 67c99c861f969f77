using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// Observed answers combine to the sum of the round keys for an observer, which has no key of tags: a sum is taken where more answers agree
/// on it than on any other.
/// </summary>
/// <remarks>
/// The sharing's polynomials have degree t - 1. A further share lies on the polynomial of t others just where t - 1 of them and the further
/// share give the same value at 0. Of t answers alone a wrong one that stays within the range of sums is not seen.
/// </remarks>
/// <param name="job">The job.</param>
/// <param name="sharing">Combines shares.</param>
/// <param name="inner">Makes sums of round keys.</param>
/// <param name="observer">Opens the answers.</param>
internal sealed class ObservedAnswers(FederationJob job, RoundKeySharing sharing, KeyAdditiveContext inner, BoxKeyPair observer)
{
    private readonly SignedAnswers _answers = new(job, (answer, index, list, chain) => AnswerCipher.TryOpen(
        answer.Sealed.Span,
        sharing.Parameters,
        index,
        list.Contributors.Length,
        observer,
        list.AttemptOf(job),
        chain,
        answer.Member));

    /// <summary>Returns the sum of the round keys on a list, or null where too few answers open, or as many answers agree on another sum.</summary>
    public RoundKeySum? TryOpen(CommitteeAnswers answers, ContributorList list)
    {
        List<KeyShare> shares = _answers.Open(answers, list);
        int[] best = SecretMemory.Allocate<int>(sharing.Parameters.Length);
        int[] next = SecretMemory.Allocate<int>(sharing.Parameters.Length);
        int[] other = SecretMemory.Allocate<int>(sharing.Parameters.Length);
        try
        {
            int most = 0;
            bool isAlone = false;
            foreach (KeyShare[] chosen in SignedAnswers.SubsetsOf(shares, sharing.Parameters.Threshold))
            {
                if (!sharing.TryCombine(chosen, next))
                {
                    continue;
                }

                int agreeing = chosen.Length + shares.Except(chosen).Count(share => Agrees(share, chosen, next, other));
                if (agreeing > most)
                {
                    (most, isAlone) = (agreeing, true);
                    next.CopyTo(best, 0);
                }
                else if (agreeing == most)
                {
                    isAlone &= next.AsSpan().SequenceEqual(best);
                }

                if (most == shares.Count)
                {
                    break;
                }
            }

            return isAlone ? inner.CreateKeySum(list.AttemptOf(job).PublicSeed, list.Contributors.Length, best.AsSpan()) : null;
        }
        finally
        {
            SecretMemory.Zero<int>(best);
            SecretMemory.Zero<int>(next);
            SecretMemory.Zero<int>(other);
            shares.ForEach(share => share.Dispose());
        }
    }

    private bool Agrees(KeyShare share, KeyShare[] chosen, int[] sum, int[] scratch)
        => sharing.TryCombine([share, .. chosen.Skip(1)], scratch) && scratch.AsSpan().SequenceEqual(sum);
}
