using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Client;

/// <summary>A sent proof is the message of the server that the client's latest announcement took back to it.</summary>
/// <param name="Digest">The digest by which the server acknowledges the announcement.</param>
/// <param name="Proof">The bytes of the message.</param>
internal sealed record SentProof(Digest Digest, byte[] Proof);
