using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Wire;

/// <summary>A sent slot is what a saved state says in clear of an upload that may still be in a sum.</summary>
/// <param name="Round">The round of the upload.</param>
/// <param name="Attempt">The attempt of the upload.</param>
/// <param name="Nonce">The nonce of the upload.</param>
/// <param name="IsFirst">Whether it is the first upload of its training; the others have what the one before them has.</param>
internal sealed record SentSlot(int Round, int Attempt, Digest Nonce, bool IsFirst);
