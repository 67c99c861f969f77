using System.Diagnostics;

namespace FedHe.Benchmarks.Scale;

/// <summary>A phase clock measures the time spent in the phases of a round.</summary>
internal sealed class PhaseClock
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public TimeSpan Encrypt { get; private set; }

    public TimeSpan Fold { get; private set; }

    public TimeSpan Complete { get; private set; }

    public TimeSpan Decrypt { get; private set; }

    public TimeSpan Total => Stopwatch.GetElapsedTime(_start);

    public void DoEncrypt(Action action, Func<TimeSpan> generating) => Encrypt += Measure(action) - generating();

    public void DoFold(Action action) => Fold += Measure(action);

    public void DoComplete(Action action) => Complete += Measure(action);

    public void DoDecrypt(Action action, Func<TimeSpan> comparing) => Decrypt += Measure(action) - comparing();

    private static TimeSpan Measure(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    }
}
