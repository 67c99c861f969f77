using FedHe.Crypto.Keys;

namespace FedHe.Privacy.States;

/// <summary>A secret opener decrypts what a <see cref="SecretSealer"/> returned, such as <c>ISecretProtector.TryUnprotect</c> of FedHe.Orchestration does.</summary>
/// <param name="sealedSecret">The bytes, which may come from anybody.</param>
/// <param name="context">The same bytes as when the secret was sealed.</param>
/// <param name="secret">Receives the secret, and is zeroed after the call.</param>
/// <returns>False where the bytes or their context are not what was sealed.</returns>
public delegate bool SecretOpener(ReadOnlySpan<byte> sealedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret);
