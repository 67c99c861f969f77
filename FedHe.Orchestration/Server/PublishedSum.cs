using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>A published sum is the aggregate of a round as the server sends it to all clients.</summary>
/// <param name="Round">The round, from 1.</param>
/// <param name="Attempt">The attempt at the round, from 1.</param>
/// <param name="Chain">
/// The digest of the chain of lists up to this one, which clients confirm; in the direct mode the digest of the aggregate's bytes.
/// </param>
/// <param name="ListDigest">The digest of the list of contributors, which every client holds the sum to; null in the direct mode, which has no lists.</param>
/// <param name="Contributors">The clients whose uploads are in the sum, sorted.</param>
/// <param name="Length">The length of the message that each client gets, in bytes.</param>
public sealed record PublishedSum(int Round, int Attempt, Digest Chain, Digest? ListDigest, ImmutableArray<ClientId> Contributors, long Length);
