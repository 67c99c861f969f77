using System.Collections.Immutable;

namespace FedHe.Orchestration.Privacy;

/// <summary>The privacy spending of a job is what its sums, or in local training a client's trainings, have cost so far, as a client counts it.</summary>
/// <param name="Epsilon">The epsilon that is spent, at the delta of the job's terms.</param>
/// <param name="Charges">The sums or trainings that it was spent for, by round, behind the noised counts of the client's records.</param>
/// <param name="IsExhausted">Whether the next sum or training would not fit the budget, so that the client takes part in no further round or attempt.</param>
public sealed record PrivacySpending(double Epsilon, ImmutableArray<PrivacyCharge> Charges, bool IsExhausted);
