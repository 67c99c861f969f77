using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The thread clock counts the time for which the calling thread ran on a processor, as the operating system keeps it.</summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Tells whether this system has the clock.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>The nanoseconds for which the calling thread has run.</summary>
    [SupportedOSPlatform("linux")]
    public static long Nanoseconds
    {
        get
        {
            _ = GetTime(ThreadCpuTime, out TimeSpec time);
            return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
