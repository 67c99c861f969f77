namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A party seat knows when its party was heard last, and how many messages of it arrive now. It is thread-safe.</summary>
internal sealed class PartySeat(TimeProvider time)
{
    /// <summary>The number of messages that may arrive from one party at once.</summary>
    public const int MostArrivals = 2;

    private long _heard = time.GetTimestamp();
    private int _requests;
    private int _arrivals;
    private volatile bool _mustAnnounce;

    /// <summary>The time since the party's last request ended; zero while one runs.</summary>
    public TimeSpan Silence => Volatile.Read(ref _requests) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Whether the party was reported as unreachable, and has not announced itself since.</summary>
    public bool MustAnnounce
    {
        get => _mustAnnounce;
        set => _mustAnnounce = value;
    }

    public void BeginRequest() => Interlocked.Increment(ref _requests);

    public void EndRequest()
    {
        Volatile.Write(ref _heard, time.GetTimestamp());
        Interlocked.Decrement(ref _requests);
    }

    /// <summary>Begins the arrival of a message. Returns false where enough of them arrive already.</summary>
    public bool TryBeginArrival()
    {
        if (Interlocked.Increment(ref _arrivals) <= MostArrivals)
        {
            return true;
        }

        EndArrival();
        return false;
    }

    public void EndArrival() => Interlocked.Decrement(ref _arrivals);
}
