using System.Diagnostics;

namespace FedHe.TestKit.Machines;

/// <summary>Starts programs that an interruption reaches, also where the tests run in the background of a shell, which ignores it.</summary>
public static class InterruptibleProcess
{
    private const string Env = "/usr/bin/env";
    private const string Reset = "--default-signal=INT";

    private static readonly Lazy<bool> CanReset = new(() =>
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(Env))
        {
            return false;
        }

        using Process probe = Process.Start(new ProcessStartInfo(Env, [Reset, "true"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0;
    });

    /// <summary>Describes how to start a program.</summary>
    public static ProcessStartInfo Describe(string program, IEnumerable<string> arguments)
        => CanReset.Value ? new ProcessStartInfo(Env, [Reset, program, .. arguments]) : new ProcessStartInfo(program, arguments);
}
