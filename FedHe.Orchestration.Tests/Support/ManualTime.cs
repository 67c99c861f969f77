namespace FedHe.Orchestration.Tests.Support;

/// <summary>A clock that moves only when told to; its time of day can be set without any time passing.</summary>
internal sealed class ManualTime : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TimeSpan _passed;

    public override long TimestampFrequency => 1000 * TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => 1000 * _passed.Ticks;

    public void Pass(TimeSpan duration)
    {
        _now += duration;
        _passed += duration;
    }

    public void SetTimeOfDay(TimeSpan change) => _now += change;
}
