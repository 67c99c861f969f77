namespace FedHe.Orchestration.Server;

/// <summary>
/// The deadlines of a server run on the monotonic clock, so that nobody ends a round by setting the time of day. A saved state
/// has the time that remains.
/// </summary>
internal sealed class Deadlines(TimeProvider time, ServerState state)
{
    // Sixteen times the set time is the longest that a deadline backs off to.
    private const int MostDoublings = 4;

    /// <summary>Whether the deadline has passed.</summary>
    public bool IsPassed => state.Deadline is long deadline && time.GetTimestamp() >= deadline;

    /// <summary>The time until the deadline, at least zero, or null when there is none.</summary>
    public TimeSpan? Remaining => state.Deadline is not long deadline ? null
        : time.GetTimestamp() is long now && now >= deadline ? TimeSpan.Zero
        : time.GetElapsedTime(time.GetTimestamp(), deadline);

    /// <summary>Sets the deadline, twice as far away with every try at the round.</summary>
    public void SetWithBackOff(TimeSpan first) => Set(first * (1 << Math.Min(state.Tries - 1, MostDoublings)));

    /// <summary>Sets the deadline.</summary>
    public void Set(TimeSpan remaining) => state.Deadline = time.GetTimestamp() + TimestampsIn(remaining);

    /// <summary>Takes the deadline away.</summary>
    public void Clear() => state.Deadline = null;

    /// <summary>Returns a timestamp that lies some time in the past.</summary>
    public long Before(TimeSpan elapsed) => time.GetTimestamp() - TimestampsIn(elapsed);

    /// <summary>Returns the time since a timestamp.</summary>
    public TimeSpan Since(long timestamp) => time.GetElapsedTime(timestamp);

    private long TimestampsIn(TimeSpan duration)
        => (long)((Int128)duration.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond);
}
