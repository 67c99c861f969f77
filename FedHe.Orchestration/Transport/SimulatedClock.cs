namespace FedHe.Orchestration.Transport;

/// <summary>
/// A simulated clock stands still while any client works and jumps to the next deadline when none does. It measures
/// durations in real time.
/// </summary>
internal sealed class SimulatedClock(TimeProvider real) : TimeProvider
{
    private DateTimeOffset _now = real.GetUtcNow();

    public override long TimestampFrequency => real.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => real.GetTimestamp();

    public void JumpTo(DateTimeOffset time) => _now = time > _now ? time : _now;
}
