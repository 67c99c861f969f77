using System.Runtime.InteropServices;
using FedHe.Tool.Commands;
using FedHe.Tool.Output;

namespace FedHe.Tool;

/// <summary>The program, which is no public type: statements at the top level would make it one where ASP.NET Core is referred to.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        // A closed terminal interrupts like Ctrl+C: what runs below is stopped too.
        using var hangup = new CancellationTokenSource();
        using PosixSignalRegistration? registration = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            hangup.Cancel();
        });
        return await ToolProgram.RunAsync(arguments, ToolConsole.OfTheProcess(), hangup.Token);
    }
}
