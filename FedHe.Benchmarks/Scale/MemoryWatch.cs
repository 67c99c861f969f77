using System.Diagnostics;
using System.Globalization;

namespace FedHe.Benchmarks.Scale;

/// <summary>A memory watch tracks the most memory that this process ever had resident, and the most managed memory at
/// regular looks.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private const string ProcessStatus = "/proc/self/status";
    private const string PeakField = "VmHWM:";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly Timer _timer;
    private long _managedPeak;

    public MemoryWatch() => _timer = new Timer(_ => Look(), state: null, TimeSpan.Zero, Interval);

    public long ManagedPeakInBytes
    {
        get
        {
            Look();
            return Interlocked.Read(ref _managedPeak);
        }
    }

    /// <summary>The operating system's record of the largest resident set, where the system keeps one.</summary>
    public static long ResidentPeakInBytes
    {
        get
        {
            string? line = File.Exists(ProcessStatus)
                ? File.ReadLines(ProcessStatus).FirstOrDefault(text => text.StartsWith(PeakField, StringComparison.Ordinal))
                : null;
            if (line is not null)
            {
                return 1024 * long.Parse(line.AsSpan(PeakField.Length).TrimEnd("kB"), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
            }

            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long now = GC.GetTotalMemory(forceFullCollection: false);
        long peak = Interlocked.Read(ref _managedPeak);
        while (now > peak)
        {
            long found = Interlocked.CompareExchange(ref _managedPeak, now, peak);
            if (found == peak)
            {
                return;
            }

            peak = found;
        }
    }
}
