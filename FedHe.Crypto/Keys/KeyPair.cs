namespace FedHe.Crypto.Keys;

/// <summary>A key pair holds a public key and its secret key. Disposing the pair disposes both.</summary>
/// <remarks>Source: FedML-HE, Table 3, <c>key_gen</c>.</remarks>
/// <example>
/// <code>
/// using HeContext he = new CkksScheme().CreateContext();
/// using KeyPair keys = he.GenerateKeyPair(SecretKeyExportPolicy.PasswordProtected);
/// var published = new ArrayBufferWriter&lt;byte&gt;(keys.PublicKey.EncodedLength);
/// keys.PublicKey.WriteTo(published);
/// using var stored = new PinnedBufferWriter();
/// keys.SecretKey.ExportProtected("correct horse battery staple", stored);
/// </code>
/// </example>
public sealed class KeyPair : IDisposable
{
    /// <summary>Joins a public key with its secret key.</summary>
    public KeyPair(PublicKey publicKey, SecretKey secretKey)
    {
        PublicKey = publicKey;
        SecretKey = secretKey;
    }

    /// <summary>The key that may be given to anyone.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>The key that stays with the key holders.</summary>
    public SecretKey SecretKey { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        SecretKey.Dispose();
        PublicKey.Dispose();
    }
}
