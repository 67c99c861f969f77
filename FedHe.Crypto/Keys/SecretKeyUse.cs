namespace FedHe.Crypto.Keys;

/// <summary>A use of a secret key is one operation that reads it; dispose it when the operation ends. See <see cref="SecretKey.Use"/>.</summary>
public sealed class SecretKeyUse : IDisposable
{
    private SecretKey? _key;

    internal SecretKeyUse(SecretKey key) => _key = key;

    /// <summary>Ends the use.</summary>
    public void Dispose() => Interlocked.Exchange(ref _key, null)?.EndUse();
}
