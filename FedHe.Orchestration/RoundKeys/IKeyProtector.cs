using FedHe.Crypto.KeyAdditive.Keys;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>
/// A key protector makes what an upload carries of its round key, from which nothing but the sum of an attempt's round keys can be
/// opened.
/// </summary>
internal interface IKeyProtector
{
    /// <summary>The exact length in bytes of a protected key.</summary>
    long ProtectedLength { get; }

    /// <summary>Protects a round key.</summary>
    /// <param name="key">The round key.</param>
    /// <param name="publicContext">
    /// Public bytes that depend on everything that was encrypted with the key, for public randomness.
    /// </param>
    IProtectedKey Protect(RoundKey key, ReadOnlySpan<byte> publicContext);
}
