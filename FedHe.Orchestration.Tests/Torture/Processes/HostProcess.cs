using System.Diagnostics;
using System.Text;
using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>A process of the test host, which becomes one party after another until it is killed.</summary>
internal sealed class HostProcess : IDisposable
{
    private const int Killed = 128 + 9;

    // A guard against a host that hangs, and no measure of speed.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(5);

    /// <summary>The host compiled to native code, which starts ten times as fast, where the environment names one.</summary>
    private static string? NativeHost => Environment.GetEnvironmentVariable("FEDHE_TORTURE_HOST");

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private HostProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
    }

    public static HostProcess Start()
    {
        string host = Path.Combine(AppContext.BaseDirectory, $"{typeof(Frame).Assembly.GetName().Name}.dll");
        var start = NativeHost is string native ? new ProcessStartInfo(native) : new ProcessStartInfo("dotnet", [host]);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>Sends a frame; one that is sent to a process that has ended is lost.</summary>
    public void Send(Frame frame) => frame.Write(_process.StandardInput.BaseStream);

    /// <summary>Receives the next frame, or returns null where the process has ended.</summary>
    public Frame? Receive()
    {
        using var guard = new Timer(_ => _process.Kill(), state: null, LongestSilence, Timeout.InfiniteTimeSpan);
        return Frame.Read(_process.StandardOutput.BaseStream);
    }

    /// <summary>Ends the process from outside, between two frames.</summary>
    public void Kill()
    {
        _process.Kill();
        ShouldHaveBeenKilled();
    }

    /// <summary>Waits for the end of the process, which must have been SIGKILL and nothing else.</summary>
    public void ShouldHaveBeenKilled()
    {
        _process.WaitForExit();
        if (!OperatingSystem.IsWindows())
        {
            _process.ExitCode.Should().Be(Killed, "the host does not end by itself: {0}", _errors);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
