namespace FedHe.Crypto.Keys;

/// <summary>
/// A use of a secret key is one operation that reads the key material, from <see cref="SecretKey.Use"/> to the end of
/// the operation, which disposes it.
/// </summary>
public sealed class SecretKeyUse : IDisposable
{
    private SecretKey? _key;

    internal SecretKeyUse(SecretKey key) => _key = key;

    /// <summary>Ends the use of the secret key.</summary>
    public void Dispose() => Interlocked.Exchange(ref _key, null)?.EndUse();
}
