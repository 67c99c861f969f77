namespace FedHe.Orchestration.Server;

/// <summary>A listed round is a round with an aggregate, and its list of contributors. With a committee a round may have ended without one.</summary>
/// <param name="Round">The round.</param>
/// <param name="List">The bytes of the list.</param>
internal readonly record struct ListedRound(int Round, ReadOnlyMemory<byte> List);
