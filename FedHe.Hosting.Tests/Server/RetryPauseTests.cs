using FedHe.Hosting.AspNetCore.Jobs;

namespace FedHe.Hosting.Tests.Server;

/// <summary>An attempt that takes long and fails is not repeated at once.</summary>
public sealed class RetryPauseTests
{
    private readonly SteppedTime _time = new();

    [Fact]
    public void Attempt_ThatTookLongAndFailed_IsRepeatedAfterAsLongATime()
    {
        var pause = new RetryPause(_time);
        int attempts = 0;
        Action attempt = () => pause.Try(() =>
        {
            attempts++;
            _time.Pass(TimeSpan.FromMinutes(3));
            return attempts < 3 ? throw new IOException("The disk fails.") : attempts;
        });

        attempt.Should().Throw<IOException>().WithMessage("The disk fails.");
        _time.Pass(TimeSpan.FromMinutes(3) - TimeSpan.FromTicks(1));
        attempt.Should().Throw<IOException>().WithInnerException<IOException>();
        attempts.Should().Be(1);

        _time.Pass(TimeSpan.FromTicks(1));
        attempt.Should().Throw<IOException>().WithMessage("The disk fails.");
        attempts.Should().Be(2);

        _time.Pass(TimeSpan.FromMinutes(3));
        attempt.Should().NotThrow();
        attempt.Should().NotThrow("the last one came through");
        attempts.Should().Be(4);
    }

    [Fact]
    public void Attempt_ThatFailedQuickly_IsRepeatedAtOnce()
    {
        var pause = new RetryPause(_time);
        FluentActions.Invoking(() => pause.Try<int>(() => throw new IOException("The disk fails."))).Should().Throw<IOException>();

        pause.Try(() => 7).Should().Be(7);
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
