using System.Collections.Immutable;

namespace FedHe.Orchestration.Approvals;

/// <summary>An approval tally is who has approved one thing, and who still can.</summary>
/// <param name="Subject">What is approved.</param>
/// <param name="Needed">The number of administrators who must approve.</param>
/// <param name="ApprovedBy">The administrators whose approval counts now, sorted.</param>
/// <param name="Others">The other administrators, sorted.</param>
public sealed record ApprovalTally(ApprovalSubject Subject, int Needed, ImmutableArray<string> ApprovedBy, ImmutableArray<string> Others)
{
    /// <summary>Whether enough administrators have approved.</summary>
    public bool IsEnough => ApprovedBy.Length >= Needed;

    /// <summary>The number of approvals that are missing.</summary>
    public int Missing => Math.Max(0, Needed - ApprovedBy.Length);
}
