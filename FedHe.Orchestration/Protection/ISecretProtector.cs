using FedHe.Crypto.Keys;

namespace FedHe.Orchestration.Protection;

/// <summary>
/// A secret protector encrypts what a party must keep on disk and nobody else may read: signing keys, keys of the scheme, and
/// models after local training. A host implements it over its own key store, or uses <see cref="PasswordProtector"/>.
/// </summary>
/// <remarks>
/// An implementation must encrypt and authenticate, must be callable from several threads, and must open today what it
/// protected years ago.
/// </remarks>
public interface ISecretProtector
{
    /// <summary>Encrypts a secret.</summary>
    /// <param name="secret">The secret; the caller zeroes it.</param>
    /// <param name="context">Public bytes that are authenticated with the secret, and not part of the result.</param>
    /// <returns>The encrypted secret.</returns>
    byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context);

    /// <summary>Decrypts a secret; returns false when the bytes or their context are not what was protected.</summary>
    /// <param name="protectedSecret">The bytes that <see cref="Protect"/> returned; untrusted.</param>
    /// <param name="context">The same bytes as when the secret was protected.</param>
    /// <param name="secret">Receives the secret; the caller disposes it.</param>
    bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret);
}
