using System.ComponentModel;
using System.Diagnostics;

namespace FedHe.Safetensors.Tests.Support;

/// <summary>A test that needs a Python 3 without any package; it is skipped, visibly, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonFactAttribute : FactAttribute
{
    public const string Program = "python3";

    private static readonly Lazy<bool> IsThere = new(Find);

    public PythonFactAttribute()
    {
        if (!IsThere.Value)
        {
            Skip = "There is no python3 here.";
        }
    }

    private static bool Find()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Program, "--version") { RedirectStandardOutput = true, RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
