namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A plan outcome says what became of a plan that the key authority brought.</summary>
/// <param name="IsUnderWay">Whether members vote for another plan.</param>
/// <param name="Refusal">The reason why the plan is refused, or null.</param>
internal readonly record struct PlanOutcome(bool IsUnderWay, string? Refusal)
{
    public static PlanOutcome Taken => default;

    public static PlanOutcome OtherPlan => new(IsUnderWay: true, Refusal: null);

    public static PlanOutcome Refused(string reason) => new(IsUnderWay: false, reason);
}
