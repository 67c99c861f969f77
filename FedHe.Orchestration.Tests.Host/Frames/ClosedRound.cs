using System.Collections.Immutable;

namespace FedHe.Orchestration.Tests.Host.Frames;

/// <summary>A closed round is what a server reports of an attempt.</summary>
/// <param name="Round">The round.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="IsAggregated">Whether the attempt has an aggregate.</param>
/// <param name="Contributors">The contributors, in the order of arrival.</param>
public sealed record ClosedRound(int Round, int Attempt, bool IsAggregated, ImmutableArray<string> Contributors);
