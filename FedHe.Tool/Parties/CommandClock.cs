namespace FedHe.Tool.Parties;

/// <summary>
/// The clock of a server that runs only while a command does: it stands still, and moves when the operator says that a deadline has
/// passed. Reports have the time of day.
/// </summary>
internal sealed class CommandClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Pass(TimeSpan duration) => _ticks += duration.Ticks;
}
