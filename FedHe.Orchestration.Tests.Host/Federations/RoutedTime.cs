namespace FedHe.Orchestration.Tests.Host.Federations;

/// <summary>A clock that moves when the router says so, so that no test depends on the speed of the machine.</summary>
public sealed class RoutedTime : TimeProvider
{
    private long _ticks;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => _ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Makes time pass.</summary>
    public void Pass(long ticks) => _ticks += ticks;
}
