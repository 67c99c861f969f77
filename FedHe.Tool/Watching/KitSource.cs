using System.Text.Json;
using FedHe.Hosting.Folders;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Metrics;
using FedHe.Orchestration.Server;
using FedHe.Tool.Kits;
using FedHe.Tool.Output;

namespace FedHe.Tool.Watching;

/// <summary>A kit source reads how a job stands from what the server of a kit keeps. It disturbs no server, and needs none that runs.</summary>
/// <remarks>
/// Who is connected is no part of what a server keeps: a client that has gone is here until the server finds that out. Refusals are those of the audit log.
/// </remarks>
internal sealed class KitSource(Kit kit, ToolConsole console) : IWatchSource
{
    private readonly FederationJob _described = kit.ReadJob();
    private readonly Dictionary<(string Party, string Message, string Reason), int> _refusals = [];
    private string _seen = string.Empty;
    private long _read;
    private WatchedJob? _latest;

    public Task<WatchedJob?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ServerFiles files = ServerFiles.Open(kit, _described);

        // A state may be as long as a model, and is read where it is another one.
        string seen = $"{Convert.ToHexString(files.TryRead(PartyFiles.NewestState) ?? [])} {files.LengthOf(PartyFiles.Changes)} {files.LengthOf(PartyFiles.AuditLog)} {files.LengthOf(PartyFiles.Metrics)}";
        if (seen == _seen)
        {
            return Task.FromResult(_latest);
        }

        ServerStatus? saved = SavedServer.TryRead(kit, _described, files, console);
        if (saved is not null)
        {
            Count(files.TryRead(PartyFiles.AuditLog) ?? []);
            _latest = Describe(saved, KitMetrics.Read(files));
            _seen = seen;
        }

        return Task.FromResult(_latest);
    }

    public void Dispose()
    {
    }

    private WatchedJob Describe(ServerStatus server, IReadOnlyList<MetricReport> reports)
    {
        var parties = KitParties.Of(server);
        return new WatchedJob(
            kit.JobName,
            server.Phase.ToString(),
            server.Round,
            _described.Settings.Rounds,
            server.Attempt,
            server.Job.EpochNumber,
            server.LastAggregatedRound,
            server.Outcome?.ToString(),
            [.. server.Job.Roster.Clients.Select(parties.ViewOf)],
            [.. _refusals.Select(refusal => new WatchedRefusal(refusal.Key.Party, refusal.Key.Message, refusal.Key.Reason, refusal.Value))])
        {
            Metrics =
            [
                .. reports.GroupBy(report => (report.Slot.Round, report.Slot.Attempt)).OrderByDescending(attempt => attempt.Key)
                    .Select(attempt => new WatchedMetrics(attempt.Key.Round, attempt.Key.Attempt, [.. attempt.OrderBy(report => report.Slot.Client.Value, StringComparer.Ordinal).Select(report => new WatchedReport(report.Slot.Client.Value, report.Metrics.Values))])),
            ],
        };
    }

    /// <summary>Counts the refusals in entries of the audit log that were not read before. Nothing is verified: 'fedhe audit verify' does.</summary>
    private void Count(byte[] log)
    {
        if (log.Length < _read)
        {
            // The log was begun anew.
            _read = 0;
            _refusals.Clear();
        }

        ReadOnlySpan<byte> rest = log.AsSpan((int)_read);
        int end;
        while ((end = rest.IndexOf((byte)'\n')) >= 0)
        {
            Count(rest[..end]);
            rest = rest[(end + 1)..];
        }

        _read = log.Length - rest.Length;
    }

    private void Count(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf(System.Text.Encoding.ASCII.GetBytes(nameof(AuditKind.MessageRefused))) < 0)
        {
            return;
        }

        try
        {
            using var entry = JsonDocument.Parse(line.ToArray());
            JsonElement facts = entry.RootElement.GetProperty("facts");
            (string Party, string Message, string Reason) refusal = (TextOf("client"), TextOf("message"), TextOf("reason"));
            if (entry.RootElement.GetProperty("kind").GetString() == nameof(AuditKind.MessageRefused))
            {
                _refusals[refusal] = _refusals.GetValueOrDefault(refusal) + 1;
            }

            string TextOf(string name) => facts.GetProperty(name).GetString() ?? string.Empty;
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // A line that is none is for those who verify the log.
        }
    }
}
