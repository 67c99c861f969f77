using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace FedHe.Benchmarks.Rounds;

/// <summary>A fresh process is this program once more, with other arguments, and prints what it measured as JSON.</summary>
internal static class FreshProcess
{
    /// <summary>Runs a process, and returns what it measured.</summary>
    public static T Run<T>(IEnumerable<string> arguments, JsonTypeInfo<T> json)
    {
        string host = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is unknown.");
        bool isHosted = Path.GetFileNameWithoutExtension(host) == "dotnet";
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true };
        foreach (string argument in (IEnumerable<string>)[.. isHosted ? [Environment.GetCommandLineArgs()[0]] : Array.Empty<string>(), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize(output, json)!
            : throw new InvalidOperationException($"A process that measures itself failed: {output}");
    }
}
