namespace FedHe.Privacy.States;

/// <summary>A secret sealer encrypts and authenticates a secret that a saved state keeps, such as <c>ISecretProtector.Protect</c> of FedHe.Orchestration does.</summary>
/// <param name="secret">The secret, which is zeroed after the call.</param>
/// <param name="context">Public bytes that are authenticated with the secret, and not part of the result.</param>
/// <returns>The encrypted secret.</returns>
public delegate byte[] SecretSealer(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context);
