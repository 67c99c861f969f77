namespace FedHe.Orchestration.Transport;

/// <summary>
/// A simulated clock stands still while any client works and jumps to the next deadline when none does.
/// </summary>
internal sealed class SimulatedClock(TimeProvider real) : TimeProvider
{
    private DateTimeOffset _now = real.GetUtcNow();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.UtcTicks;

    public void JumpTo(DateTimeOffset time) => _now = time > _now ? time : _now;
}
