namespace FedHe.Crypto.Keys;

/// <summary>One operation that reads a secret key; dispose it when the operation ends. See <see cref="SecretKey.Use"/>.</summary>
internal sealed class SecretKeyUse(SecretKey key) : IDisposable
{
    private SecretKey? _key = key;

    public void Dispose() => Interlocked.Exchange(ref _key, null)?.EndUse();
}
