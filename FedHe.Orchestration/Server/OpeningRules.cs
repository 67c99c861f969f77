using System.Collections.Immutable;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Server;

/// <summary>The opening rules decide how a sum goes through the committee.</summary>
internal static class OpeningRules
{
    /// <summary>Returns the step that an opening requires.</summary>
    /// <param name="opening">The opening.</param>
    /// <param name="committee">The committee.</param>
    /// <param name="available">The clients that can be reached.</param>
    /// <param name="isDeadlinePassed">Whether the deadline has passed.</param>
    public static RoundStep Next(Opening opening, CommitteeTerms committee, IReadOnlySet<ClientId> available, bool isDeadlinePassed)
        => opening.IsOffered
            ? NextOfAnswers(opening, committee, available, isDeadlinePassed)
            : NextOfReports(opening, committee, available, isDeadlinePassed);

    /// <summary>Returns the members that opened all boxes.</summary>
    public static IEnumerable<ClientId> Complete(Opening opening)
        => opening.Reports.Where(report => report.Value.IsEmpty).Select(report => report.Key);

    /// <summary>
    /// Returns the clients whose boxes did not open at the quorum of members with the fewest of them; the others may be wrong, or lie.
    /// </summary>
    public static ImmutableArray<ClientId> Failed(Opening opening, CommitteeTerms committee)
        => [.. opening.Reports.Values.OrderBy(failed => failed.Length).Take(committee.Quorum).SelectMany(failed => failed).Distinct().Order()];

    private static RoundStep NextOfReports(Opening opening, CommitteeTerms committee, IReadOnlySet<ClientId> available, bool isDeadlinePassed)
    {
        if (Complete(opening).Count() >= committee.Quorum)
        {
            return RoundStep.Offer;
        }

        bool isEnough = opening.Reports.Count >= committee.Quorum;
        bool isAwaiting = opening.Deliveries.Keys.Any(member => available.Contains(member) && !opening.Reports.ContainsKey(member));
        return isEnough && (isDeadlinePassed || !isAwaiting) ? RoundStep.LeaveOut
            : isDeadlinePassed ? RoundStep.Extend
            : RoundStep.None;
    }

    private static RoundStep NextOfAnswers(Opening opening, CommitteeTerms committee, IReadOnlySet<ClientId> available, bool isDeadlinePassed)
    {
        if (opening.Answers.Count < committee.Threshold)
        {
            return isDeadlinePassed ? RoundStep.Extend : RoundStep.None;
        }

        // More answers than needed let clients pass over a wrong one. A member that is only slower than a liar has not reported yet.
        bool isAwaiting = opening.Deliveries.Keys.Any(member => available.Contains(member)
            && !opening.Answers.ContainsKey(member)
            && opening.Reports.GetValueOrDefault(member, []).IsEmpty);
        return !isAwaiting || (opening.IsInGrace && isDeadlinePassed) ? RoundStep.Publish
            : opening.IsInGrace ? RoundStep.None
            : RoundStep.AwaitAnswers;
    }
}
