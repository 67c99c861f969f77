using FedHe.Crypto.Keys;

namespace FedHe.Interop.Tests;

/// <summary>Keys as SEAL saves them.</summary>
/// <param name="SecretKey">The secret key.</param>
/// <param name="PublicKey">The public key.</param>
public sealed record SealPeerKeys(byte[] SecretKey, byte[] PublicKey);
