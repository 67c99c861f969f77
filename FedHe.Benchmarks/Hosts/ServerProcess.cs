using System.Diagnostics;
using System.Globalization;

namespace FedHe.Benchmarks.Hosts;

/// <summary>A server process runs a host server, and shows what the operating system says of it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where the server listens.</summary>
    public Uri Address { get; }

    /// <summary>The largest resident set so far, in bytes, or 0 where the system does not say.</summary>
    public long PeakInBytes => 1024 * ReadField("status", "VmHWM:");

    /// <summary>The bytes that the process has had written to disks so far, or 0 where the system does not say.</summary>
    public long WrittenBytes => ReadField("io", "write_bytes:");

    /// <summary>The time that the processors have spent on it so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<ServerProcess> StartAsync(string folder, CancellationToken cancellationToken)
    {
        string own = Environment.ProcessPath!;
        bool isShared = Path.GetFileNameWithoutExtension(own) == "dotnet";
        var start = new ProcessStartInfo(own, isShared ? [typeof(ServerProcess).Assembly.Location, HostsCommand.Server, folder] : [HostsCommand.Server, folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        string? address = await process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        return new ServerProcess(process, new Uri(address ?? throw new InvalidOperationException("The server did not start.")));
    }

    /// <summary>Ends the process at once, as SIGKILL does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private long ReadField(string file, string field)
    {
        string path = $"/proc/{_process.Id}/{file}";
        string? line = File.Exists(path) ? File.ReadLines(path).FirstOrDefault(text => text.StartsWith(field, StringComparison.Ordinal)) : null;
        return line is null ? 0 : long.Parse(line.AsSpan(field.Length).TrimEnd("kB"), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }
}
