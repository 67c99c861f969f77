using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.KeyAdditive.Parameters;

/// <summary>
/// The key identity of an attempt names parameters and public seed, so that only vectors of one attempt add up.
/// </summary>
/// <remarks>Every upload of an attempt has a key of its own; the identity names what all of them share.</remarks>
internal static class AttemptKeyId
{
    public static KeyId Of(KeyAdditiveParameters parameters, Digest publicSeed)
    {
        ReadOnlySpan<byte> label = "FedHe key-additive attempt v1"u8;
        Span<byte> bytes = stackalloc byte[label.Length + (2 * Digest.SizeInBytes)];
        label.CopyTo(bytes);
        parameters.Id.CopyTo(bytes[label.Length..]);
        publicSeed.CopyTo(bytes[(label.Length + Digest.SizeInBytes)..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return new KeyId(hash[..KeyId.SizeInBytes]);
    }
}
