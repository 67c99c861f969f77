using FedHe.Crypto;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;

namespace FedHe.TestKit.Architecture;

/// <summary>The types that are, hold or make a secret key, those of higher layers added.</summary>
/// <param name="others">Types of the layers above FedHe.Crypto.</param>
public sealed class SecretTypes(params Type[] others)
{
    private readonly Type[] _types =
    [
        typeof(SecretKey), typeof(EncryptionKey), typeof(IDecryptor), typeof(KeyPair), typeof(HeContext), typeof(IHeScheme), .. others,
    ];

    /// <summary>Whether a type is one of these types, derives from one or implements one.</summary>
    public bool Contains(Type type) => _types.Any(secret => secret.IsAssignableFrom(type));
}
