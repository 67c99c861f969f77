namespace FedHe.Crypto.Random;

/// <summary>Secret streams are the randomness of one vector. They are thread-safe; each thread opens a stream of its own.</summary>
internal abstract class SecretStreams : IDisposable
{
    /// <summary>Opens a stream at its first item. Streams of equal position give equal bytes.</summary>
    public abstract SecretStream Open();

    /// <summary>Zeroes what the streams are made from.</summary>
    public abstract void Dispose();
}
