using System.Diagnostics;
using FedHe.Benchmarks.Hosts;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;

namespace FedHe.Benchmarks.Uploads;

/// <summary>
/// An upload measurement has clients bring long uploads to a server process one after the other, each beside a plain request with the same bytes, and then
/// interrupts others in their middle.
/// </summary>
internal sealed class UploadMeasurement : IDisposable
{
    private readonly HostsFederation _federation;
    private readonly List<Uploader> _clients = [];
    private readonly List<double> _plain = [];
    private readonly List<double> _upload = [];
    private readonly List<double> _fold = [];
    private readonly List<long> _written = [];
    private readonly List<double> _plainProcessor = [];
    private readonly List<double> _uploadProcessor = [];
    private readonly List<Interruption> _interruptions = [];
    private readonly int _chunkLength;
    private ServerProcess _server;
    private long _uploadBytes;
    private int _next;

    private UploadMeasurement(HostsFederation federation, ServerProcess server, int chunkLength) => (_federation, _server, _chunkLength) = (federation, server, chunkLength);

    /// <summary>Measures, with one upload that warms both processes up, and one client more than uploads, so that the round stays open.</summary>
    public static async Task<UploadResult> RunAsync(int parameters, int runs, string[] interrupted, int chunkLength, CancellationToken cancellationToken)
    {
        int uploads = 1 + runs + interrupted.Length;
        using var federation = new HostsFederation(uploads + 1, parameters, hasCommittee: false);
        using var measurement = new UploadMeasurement(federation, await ServerProcess.StartAsync(federation.Folder, cancellationToken).ConfigureAwait(false), chunkLength);
        await measurement.OpenRoundAsync(cancellationToken).ConfigureAwait(false);
        long idlePeak = measurement._server.PeakInBytes;
        for (int run = 0; run <= runs; run++)
        {
            await measurement.CompareAsync(isPlainFirst: run % 2 == 0, isWarmUp: run == 0, cancellationToken).ConfigureAwait(false);
        }

        long peak = measurement._server.PeakInBytes;
        foreach (string what in interrupted)
        {
            await measurement.InterruptAsync(what, cancellationToken).ConfigureAwait(false);
        }

        AuditReport audit = AuditLog.Verify(
            await File.ReadAllBytesAsync(Path.Combine(HostsFederation.StateFolderOf(federation.Folder), PartyFiles.AuditLog), cancellationToken).ConfigureAwait(false), federation.Job);
        return new UploadResult
        {
            Params = parameters,
            UploadBytes = measurement._uploadBytes,
            ChunkLength = chunkLength,
            PlainMs = [.. measurement._plain],
            UploadMs = [.. measurement._upload],
            FoldMs = [.. measurement._fold],
            WrittenBytes = [.. measurement._written],
            PlainProcessorMs = [.. measurement._plainProcessor],
            UploadProcessorMs = [.. measurement._uploadProcessor],
            Interruptions = measurement._interruptions,
            IdlePeak = idlePeak,
            ServerPeak = peak,
            AcceptedUploads = audit.Entries.Where(entry => entry.Kind == AuditKind.UploadAccepted).Select(entry => entry.Find("client")).Distinct(StringComparer.Ordinal).Count(),
            Uploads = uploads,
            Cpu = Machine.CpuName,
            Processors = Environment.ProcessorCount,
            Commit = Machine.Commit,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server.Dispose();
        _clients.ForEach(client => client.Dispose());
    }

    private async Task OpenRoundAsync(CancellationToken cancellationToken)
    {
        for (int number = 0; number < _federation.Identities.Count; number++)
        {
            _clients.Add(new Uploader(_federation, number, await _federation.RequestKeysAsync(_federation.Identities[number]).ConfigureAwait(false), _chunkLength));
            await _clients[^1].AnnounceAsync(_server.Address, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes the upload of the next client, which is of no use afterwards.</summary>
    private async Task<(Uploader Client, ReadOnlyMemory<byte> Upload)> NextAsync(CancellationToken cancellationToken)
    {
        Uploader client = _clients[_next++];
        ReadOnlyMemory<byte> upload = await client.MakeUploadAsync(_server.Address, cancellationToken).ConfigureAwait(false);
        _uploadBytes = upload.Length;
        return (client, upload);
    }

    private async Task CompareAsync(bool isPlainFirst, bool isWarmUp, CancellationToken cancellationToken)
    {
        (Uploader client, ReadOnlyMemory<byte> upload) = await NextAsync(cancellationToken).ConfigureAwait(false);
        foreach (bool isPlain in (bool[])[isPlainFirst, !isPlainFirst])
        {
            GC.Collect();
            long written = _server.WrittenBytes;
            TimeSpan processor = _server.ProcessorTime;
            using var requests = new RequestTimes();
            long began = Stopwatch.GetTimestamp();
            if (isPlain)
            {
                using HttpClient http = client.Connect(_server.Address);
                await PlainBody.SendAsync(http, _server.Address, upload, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await client.SendAsync(_server.Address, upload, cancellationToken).ConfigureAwait(false);
            }

            double time = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            Console.Error.WriteLine($"{(isPlain ? "plain" : "upload")} {time:F0} ms{(isPlain ? string.Empty : $", of them fold {requests.LastOf(HttpMethod.Post).TotalMilliseconds:F0} ms")}{(isWarmUp ? ", warming up" : string.Empty)}");
            if (isWarmUp)
            {
                continue;
            }

            (isPlain ? _plain : _upload).Add(time);
            (isPlain ? _plainProcessor : _uploadProcessor).Add((_server.ProcessorTime - processor).TotalMilliseconds);
            if (!isPlain)
            {
                _fold.Add(requests.LastOf(HttpMethod.Post).TotalMilliseconds);
                _written.Add(_server.WrittenBytes - written);
            }
        }
    }

    private async Task InterruptAsync(string what, CancellationToken cancellationToken)
    {
        (Uploader client, ReadOnlyMemory<byte> upload) = await NextAsync(cancellationToken).ConfigureAwait(false);
        var relay = new CuttingRelay(_server.Address.Port, upload.Length / 2);
        await using (relay.ConfigureAwait(false))
        {
            long began = Stopwatch.GetTimestamp();
            Task sending = client.SendAsync(new UriBuilder(_server.Address) { Port = relay.Port }.Uri, upload, cancellationToken);
            long cutAt = await relay.Cut.WaitAsync(cancellationToken).ConfigureAwait(false);
            long killed = Stopwatch.GetTimestamp();
            if (what == UploadCommand.KilledServer)
            {
                _server.Kill();
                _server.Dispose();
                _server = await ServerProcess.StartAsync(_federation.Folder, cancellationToken).ConfigureAwait(false);
            }

            double restart = what == UploadCommand.KilledServer ? Stopwatch.GetElapsedTime(killed).TotalMilliseconds : 0;
            long offset = await client.AskOffsetAsync(_server.Address, upload, cancellationToken).ConfigureAwait(false);
            relay.Open(_server.Address.Port);
            await sending.ConfigureAwait(false);
            _interruptions.Add(new Interruption
            {
                What = what,
                SentBytes = relay.Sent,
                CutAt = cutAt,
                ResumedFrom = offset,
                UploadMs = Stopwatch.GetElapsedTime(began).TotalMilliseconds,
                RestartMs = restart,
            });
        }
    }
}
