using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>Signed answers are the sealed shares that members of the committee signed for a list.</summary>
internal static class SignedAnswers
{
    /// <summary>A method that opens a sealed share, or returns null.</summary>
    public delegate TOpened? Opening<TOpened>(ReadOnlySpan<byte> sealedShare, AnswerPlace place);

    /// <summary>Opens the answers that members of the committee signed for the list; others count for nothing. The caller disposes the results.</summary>
    /// <param name="answers">The answers; untrusted.</param>
    /// <param name="list">The list.</param>
    /// <param name="job">The job, in the epoch of the list.</param>
    /// <param name="sharing">The parameters of the sharing.</param>
    /// <param name="open">Opens an answer.</param>
    public static List<TOpened> Open<TOpened>(
        CommitteeAnswers answers, ContributorList list, FederationJob job, SharingParameters sharing, Opening<TOpened> open)
        where TOpened : class
    {
        var opened = new List<TOpened>();
        Digest chain = list.Chain;
        foreach (RelayedAnswer answer in answers.Answers)
        {
            if (job.Committee!.Has(answer.Member) && IsSigned(answer, list.Round, chain, job)
                && open(answer.Sealed.Span, AnswerPlace.Of(job, sharing, list, chain, answer.Member)) is TOpened own)
            {
                opened.Add(own);
            }
        }

        return opened;
    }

    private static bool IsSigned(RelayedAnswer answer, int round, Digest chain, FederationJob job)
    {
        var message = new ShareAnswer(job.JobId, answer.Member, round, chain, answer.Sealed);
        return job.Roster.TryGetKey(answer.Member, out VerificationKey? key)
            && MessageSignature.Verifies(
                MessageFormat.WriteWithSignature(message, job.Authority.ParametersId, answer.Signature.Span), message, key);
    }
}
