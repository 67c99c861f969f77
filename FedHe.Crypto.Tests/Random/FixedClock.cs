namespace FedHe.Crypto.Tests.Random;

/// <summary>Stands still at a time.</summary>
internal sealed class FixedClock(long utcTicks, long timestamp) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => new(utcTicks, TimeSpan.Zero);

    public override long GetTimestamp() => timestamp;
}
