using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>Signed answers are the shares that members of the committee signed for a list, opened by a party that may open them.</summary>
/// <param name="job">The job.</param>
/// <param name="open">Opens an answer.</param>
internal sealed class SignedAnswers(FederationJob job, SignedAnswers.Opening open)
{
    /// <summary>Opens an answer, or returns null.</summary>
    /// <param name="answer">The answer, whose member signed it.</param>
    /// <param name="index">The index of the member.</param>
    /// <param name="list">The list of contributors.</param>
    /// <param name="chain">The digest of the chain up to the list.</param>
    public delegate KeyShare? Opening(RelayedAnswer answer, int index, ContributorList list, Digest chain);

    /// <summary>Opens the answers that members of the committee signed for the list; others count for nothing. The caller disposes the shares.</summary>
    public List<KeyShare> Open(CommitteeAnswers answers, ContributorList list)
    {
        var shares = new List<KeyShare>();
        Digest chain = list.Chain;
        foreach (RelayedAnswer answer in answers.Answers)
        {
            int index = job.Committee!.IndexOf(answer.Member);
            if (index >= 0 && IsSigned(answer, list, chain) && open(answer, index, list, chain) is KeyShare share)
            {
                shares.Add(share);
            }
        }

        return shares;
    }

    /// <summary>Returns all sets of a number of shares, in the order of the members.</summary>
    public static IEnumerable<KeyShare[]> SubsetsOf(List<KeyShare> shares, int count)
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

    private bool IsSigned(RelayedAnswer answer, ContributorList list, Digest chain)
    {
        var message = new ShareAnswer(job.JobId, answer.Member, list.Round, chain, answer.Sealed);
        return job.Roster.TryGetKey(answer.Member, out VerificationKey? key)
            && MessageSignature.Verifies(
                MessageFormat.WriteWithSignature(message, job.Authority.ParametersId, answer.Signature.Span), message, key);
    }
}
