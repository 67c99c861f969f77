using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.RoundKeys.Sharing;

/// <summary>
/// Observed answers open the answers of a committee for an observer, and take the sum of the round keys whose tag is right, as clients do. The
/// observer has no key of tags: the members give it the check of this one sum with their answers.
/// </summary>
/// <remarks>
/// Every honest member gives the same check. A check counts if more than f members gave it, so that an honest one is among them; of the t or
/// more answers that open a sum at most f are not honest, and t - f are more than f.
/// </remarks>
/// <param name="job">The job.</param>
/// <param name="sharing">Combines shares.</param>
/// <param name="inner">Makes sums of round keys.</param>
/// <param name="observer">Opens the answers.</param>
internal sealed class ObservedAnswers(FederationJob job, RoundKeySharing sharing, KeyAdditiveContext inner, BoxKeyPair observer)
{
    private readonly AnswerCombiner _combiner = new(sharing, inner);

    /// <summary>Returns the sum of the round keys on a list, or null where too few right answers open.</summary>
    /// <param name="answers">The answers; untrusted.</param>
    /// <param name="list">The list.</param>
    /// <param name="tag">The sum of the tags of the round keys, which the list has.</param>
    public RoundKeySum? TryOpen(CommitteeAnswers answers, ContributorList list, LinearTag tag)
    {
        List<ObservedAnswer> opened = SignedAnswers.Open(
            answers, list, job, sharing.Parameters, (sealedShare, place) => AnswerCipher.TryOpen(sealedShare, place, observer));
        try
        {
            using KeySumCheck? check = TryAgree(opened);
            using var hasher = new LinearHasher();
            return check is null ? null : _combiner.TryCombine(
                [.. opened.Select(answer => answer.Share)],
                list,
                list.AttemptOf(job),
                coefficients => check.Verify(tag, coefficients, RoundKey.LargestCoefficient, list.Contributors.Length, hasher));
        }
        finally
        {
            opened.ForEach(answer => answer.Dispose());
        }
    }

    /// <summary>Returns the check that more members gave than may be corrupt, or null.</summary>
    private KeySumCheck? TryAgree(List<ObservedAnswer> answers)
    {
        ObservedAnswer? agreed = answers.Find(
            own => answers.Count(other => own.Check.AsSpan().SequenceEqual(other.Check)) > job.Committee!.Corrupt);
        return agreed is not null && KeySumCheck.TryRead(TagModulus.Default, agreed.Check, out KeySumCheck? check) ? check : null;
    }
}
