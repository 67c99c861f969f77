using System.Collections.Immutable;

namespace FedHe.Hosting.AspNetCore.Watching;

/// <summary>A watched round is what the server saw of an attempt at a round since its process began.</summary>
/// <param name="Round">The round.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Parties">The times of the parties, by name.</param>
internal sealed record WatchedRound(int Round, int Attempt, ImmutableSortedDictionary<string, PartyTimes> Parties);
