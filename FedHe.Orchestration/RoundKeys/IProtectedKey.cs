using FedHe.Crypto.Ciphertexts;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A protected key is a round key on its way into an upload.</summary>
internal interface IProtectedKey : IDisposable
{
    /// <summary>The ciphertext of the round key, which tags bind, or null where there is none.</summary>
    EncryptedVector? Ciphertext { get; }

    /// <summary>Returns the bytes for the upload, when everything else of it is known.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="contributor">The contributor with its nonce.</param>
    /// <param name="tags">The bytes of all tags.</param>
    byte[] Complete(Attempt attempt, Contributor contributor, ReadOnlySpan<byte> tags);
}
