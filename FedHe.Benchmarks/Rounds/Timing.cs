using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// The timing of whole rounds warms them up first and takes the median of several. A time is either wall-clock time or the processor
/// time of the measuring thread, which other work on the machine disturbs less.
/// </summary>
internal static class Timing
{
    public const string Wall = "wall";
    public const string Thread = "thread";

    // These runs suffice for the last tier of the just-in-time compiler, which comes after calls and after time.
    private const int WarmUpRuns = 10;
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(3);

    // A scheme that takes seconds for a round makes enough calls in one.
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(20);

    /// <summary>Whether a time is the processor time of the measuring thread. A command sets this property once, before it measures.</summary>
    public static bool OfThread { get; set; }

    private static long Nanoseconds => OfThread && ThreadClock.IsSupported
        ? ThreadClock.Nanoseconds
        : (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;

    /// <summary>Makes the option that chooses the clock.</summary>
    public static Option<string> Option() => CommandOptions.Choice(
        "--clock", "Clock of all times: the wall's, or the processor's for the measuring thread, which needs Linux and one thread.", Wall, [Wall, Thread]);

    /// <summary>Checks that the clock sees what is measured.</summary>
    public static void Check(CommandResult result, Option<string> clock, OptionResult? threads = null)
    {
        bool isOfThread = result.GetResult(clock)?.Tokens is [{ Value: Thread }];
        if (isOfThread && (!ThreadClock.IsSupported || threads?.Tokens is [{ Value: not "1" }]))
        {
            result.AddError("--clock thread needs Linux, and one thread: it would not see the others.");
        }
    }

    public static void WarmUp(Action round)
    {
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; IsWarmingUp(run, Stopwatch.GetElapsedTime(start)); run++)
        {
            round();
        }
    }

    public static double Milliseconds(Action action)
    {
        long start = Nanoseconds;
        action();
        return (Nanoseconds - start) / 1e6;
    }

    public static double Median<T>(IReadOnlyCollection<T> samples, Func<T, double> select)
        => samples.Select(select).Order().ElementAt(samples.Count / 2);

    private static bool IsWarmingUp(int run, TimeSpan elapsed)
        => elapsed < LongestWarmUp && (run < WarmUpRuns || elapsed < WarmUpTime);
}
