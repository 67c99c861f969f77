using System.Runtime.InteropServices;
using FedHe.Tool.Commands;
using FedHe.Tool.Output;

// A closed terminal interrupts like Ctrl+C: what runs below is stopped too.
using var hangup = new CancellationTokenSource();
using var registration = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
{
    context.Cancel = true;
    hangup.Cancel();
});
return await ToolProgram.RunAsync(args, ToolConsole.OfTheProcess(), hangup.Token);
