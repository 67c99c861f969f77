using System.Diagnostics;
using System.Threading.Channels;

namespace FedHe.Tool.Poc;

/// <summary>A trial party is a process that is started, killed and started again.</summary>
/// <param name="name">The name of the party.</param>
/// <param name="command">The program and its words.</param>
/// <param name="log">The path of the file that keeps what it writes.</param>
/// <param name="news">Receives its lines, and its end unless it was killed.</param>
/// <remarks>
/// The process ends by itself when this program ends for whatever reason, because its standard input ends then.
/// </remarks>
internal sealed class PocParty(string name, IReadOnlyList<string> command, string log, ChannelWriter<PocNews> news) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _writing = new();
    private Process? _process;
    private Task _watching = Task.CompletedTask;
    private bool _isAwaited;

    public string Name => name;

    /// <summary>Whether the party was started.</summary>
    public bool HasBegun => _process is not null;

    public void Start()
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        _process?.Dispose();
        _isAwaited = false;
        _process = Process.Start(start)!;
        _watching = WatchAsync(_process);
    }

    /// <summary>Kills the party and what it started, as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (_process is Process process)
        {
            _isAwaited = true;
            process.Kill(entireProcessTree: true);
            await _watching;
        }
    }

    /// <summary>Ends the party in peace, or by force where it does not end.</summary>
    public async Task EndAsync()
    {
        if (_process is not Process process)
        {
            return;
        }

        _isAwaited = true;
        process.StandardInput.Close();
        if (await Task.WhenAny(_watching, Task.Delay(Patience)) != _watching)
        {
            await KillAsync();
        }
    }

    public void Dispose() => _process?.Dispose();

    private async Task WatchAsync(Process process)
    {
        await Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
        await process.WaitForExitAsync();
        if (!_isAwaited)
        {
            news.TryWrite(new PocNews(name, Line: null, process.ExitCode));
        }
    }

    private async Task ReadAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is string line)
        {
            lock (_writing)
            {
                File.AppendAllText(log, $"{line}{Environment.NewLine}");
            }

            news.TryWrite(new PocNews(name, line));
        }
    }
}
