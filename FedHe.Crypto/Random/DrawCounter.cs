namespace FedHe.Crypto.Random;

/// <summary>A draw counter gives every draw another number. It is thread-safe.</summary>
internal sealed class DrawCounter
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}
