using FedHe.Crypto;
using FedHe.Crypto.Ckks.Threshold;
using FedHe.Crypto.Ckks.Threshold.KeyGeneration;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Operations;

namespace FedHe.TestKit.Architecture;

/// <summary>
/// The secret types are the types that are, hold or make a secret key, including the given types of higher layers.
/// </summary>
/// <param name="others">Types of the layers above FedHe.Crypto.</param>
public sealed class SecretTypes(params Type[] others)
{
    private readonly Type[] _types =
    [
        typeof(SecretKey), typeof(EncryptionKey), typeof(IDecryptor), typeof(KeyPair), typeof(HeContext), typeof(IHeScheme),
        typeof(KeyAdditiveContext), typeof(ThresholdContext), typeof(ThresholdKeys), typeof(KeyGenerationParty), typeof(DealtShare),
        typeof(PartialDecryptor), typeof(TagKey), typeof(PadKey), typeof(SegmentPoints), typeof(KeyPoints), typeof(LinearHasher),
        .. others,
    ];

    /// <summary>Tells whether a type is a secret type, derives from one or implements one.</summary>
    public bool Contains(Type type) => _types.Any(secret => secret.IsAssignableFrom(type));
}
