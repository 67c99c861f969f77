using System.Diagnostics;
using FedHe.TestKit.Machines;

namespace FedHe.Samples.Tests;

/// <summary>A sample as a process, as a user starts it.</summary>
internal static class SampleProcess
{
    public const string Hospitals = "HospitalFedAvg";
    public const string Audit = "PrivacyAudit";
    public const string Network = "HospitalNetwork";

    private static readonly TimeSpan LongestEnd = TimeSpan.FromMinutes(1);

    /// <summary>Runs a sample to its end.</summary>
    public static Task<SampleResult> RunAsync(string sample, params string[] arguments)
        => RunAsync(Start(sample, [.. arguments], []));

    /// <summary>Runs a sample with a variable of its environment.</summary>
    public static Task<SampleResult> RunWithAsync(string variable, string value, string sample, params string[] arguments)
        => RunAsync(Start(sample, [.. arguments], new Dictionary<string, string> { [variable] = value }));

    /// <summary>Runs a sample in a shell that redirects its output, such as <c>&gt; /dev/full</c>.</summary>
    public static Task<SampleResult> RunRedirectedAsync(string redirection, string sample, params string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-c", $"exec \"$@\" {redirection}", "sh", "dotnet", PathOf(sample), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        return RunAsync(Process.Start(start)!);
    }

    /// <summary>Runs a sample until it writes a line that begins with a text, and then interrupts it as Ctrl+C does.</summary>
    public static async Task<SampleResult> InterruptAsync(string sample, string beginning, bool isError, params string[] arguments)
    {
        using Process process = StartInterruptible(sample, arguments);
        StreamReader reader = isError ? process.StandardError : process.StandardOutput;
        for (string? line = await reader.ReadLineAsync(); line?.StartsWith(beginning, StringComparison.Ordinal) == false; line = await reader.ReadLineAsync())
        {
            // The sample has not come far enough.
        }

        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        Task<SampleResult> end = EndAsync(process);
        if (await Task.WhenAny(end, Task.Delay(LongestEnd)) != end)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("The sample did not end upon the interruption.");
        }

        return await end;
    }

    private static Process StartInterruptible(string sample, string[] arguments)
    {
        ProcessStartInfo start = InterruptibleProcess.Describe("dotnet", [PathOf(sample), .. arguments]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        return Process.Start(start)!;
    }

    private static async Task<SampleResult> RunAsync(Process started)
    {
        using Process process = started;
        return await EndAsync(process);
    }

    private static async Task<SampleResult> EndAsync(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new SampleResult(process.ExitCode, await output, await errors);
    }

    private static Process Start(string sample, string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [PathOf(sample), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static string PathOf(string sample)
    {
        // artifacts/bin/PROJECT/CONFIGURATION
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(folder.Parent!.Parent!.FullName, sample, folder.Name, $"{sample}.dll");
    }
}
