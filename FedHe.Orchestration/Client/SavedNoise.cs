using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Client;

/// <summary>Saved noise is the correlated noise in a client's saved state, before a mechanism takes it.</summary>
/// <param name="Round">The round of the row that was prepared last, or 0.</param>
/// <param name="Attempt">Its attempt, or 0.</param>
/// <param name="Nonce">The nonce of the upload that has it, or zeros.</param>
/// <param name="Rows">The number of rows that are kept.</param>
/// <param name="Noise">The encrypted noise.</param>
internal sealed record SavedNoise(int Round, int Attempt, Digest Nonce, int Rows, byte[] Noise);
