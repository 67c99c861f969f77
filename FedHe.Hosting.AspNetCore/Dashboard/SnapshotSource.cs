using System.Text.Json;
using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Metrics;
using FedHe.Hosting.AspNetCore.Watching;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>A snapshot source makes snapshots of all jobs of a server. It waits for no message, and disturbs no round. It is thread-safe.</summary>
internal sealed class SnapshotSource(FedHeServer server, TimeProvider time, DashboardLimits? limits = null)
{
    private const int MostRefusals = 50;

    private readonly TimeSpan _freshness = (limits ?? new DashboardLimits()).Freshness;
    private readonly Lock _making = new();
    private string? _latest;
    private long _madeAt;

    /// <summary>Returns the latest snapshot, or makes one where there is none or it is too old.</summary>
    public string WriteJson()
    {
        lock (_making)
        {
            if (_latest is null || time.GetElapsedTime(_madeAt) >= _freshness)
            {
                (_latest, _madeAt) = (Make(), time.GetTimestamp());
            }

            return _latest;
        }
    }

    private string Make()
    {
        DateTimeOffset now = time.GetUtcNow();
        HostedJob[] jobs = [.. server.Jobs.OrderBy(job => job.Name, StringComparer.Ordinal)];
        return JsonSerializer.Serialize(new Snapshot(now, jobs.All(job => job.IsReady), [.. jobs.Select(ViewOf)]), SnapshotJson.Default.Snapshot);
    }

    private static JobView ViewOf(HostedJob job)
    {
        JobStatus status = job.Status;
        FederationJob description = job.Job;
        IReadOnlyList<WatchedRound> rounds = job.Watch.Rounds;
        WatchedRound? current = rounds.FirstOrDefault(watched => watched.Round == status.Round && watched.Attempt == status.Attempt);
        var progress = new AttemptProgress(status, current);
        return new JobView(
            job.Name,
            description.JobId,
            job.IsReady,
            status.Phase.ToString(),
            status.Round,
            description.Settings.Rounds,
            status.Attempt,
            status.Epoch,
            status.LastAggregatedRound,
            status.Outcome?.ToString(),
            status.Due,
            [.. job.Parties.Job.Roster.Clients.Select(client => ViewOf(job, status, client, progress)), ViewOfAuthority(job)],
            [.. rounds.Select(ViewOf)],
            [.. job.Watch.Refusals.Take(MostRefusals).Select(refusal => new RefusalView(refusal.Party, refusal.Message, refusal.Reason, refusal.Count, refusal.Last))],
            [.. job.Metrics.Rounds.Select(ViewOf)],
            new ErrorView(Finite(job.Plan.SmallestPrecisionBits), Finite(job.Plan.LargestErrorBound)),
            description.Update.Privacy is PrivacyTerms terms ? new PrivacyView(terms.Unit.ToString(), terms.Epsilon, terms.Delta, status.SpentEpsilon) : null,
            job.AuditHead is { } head ? new AuditView(head.Number, head.Digest.ToString()) : null);
    }

    private static PartyView ViewOf(HostedJob job, JobStatus status, ClientId client, AttemptProgress progress)
    {
        PartySeat seat = job.Seats[client.Value];
        string state = status.Excluded.ContainsKey(client) ? "excluded"
            : status.Available.Contains(client) ? "here"
            : seat.MustAnnounce ? "unreachable"
            : "unheard";
        return new PartyView(
            client.Value,
            job.Parties.Job.Committee?.Members.Contains(client) == true,
            state,
            progress.DoingOf(client),
            progress.IsLate(client),
            Math.Round(seat.Silence.TotalSeconds, 1),
            job.MailboxOf(client.Value).Count);
    }

    private static PartyView ViewOfAuthority(HostedJob job)
    {
        PartySeat seat = job.Seats[PartyNames.Authority];
        return new PartyView(
            PartyNames.Authority, IsMember: false, "authority", "answers key requests", IsLate: false, Math.Round(seat.Silence.TotalSeconds, 1), job.MailboxOf(PartyNames.Authority).Count);
    }

    private static RoundView ViewOf(WatchedRound watched)
        => new(watched.Round, watched.Attempt, [.. watched.Parties.Select(party => new BarView(party.Key, [.. PhasesOf(party.Value)], party.Value.UploadBytes, party.Value.SumBytes))]);

    private static MetricsView ViewOf(MetricRound reported) => new(
        reported.Round,
        reported.Attempt,
        reported.Means,
        [.. reported.Reports.Select(report => new ReportView(report.Key, report.Value.Values))]);

    private static IEnumerable<PhaseView> PhasesOf(PartyTimes times)
    {
        if (times.Invited is DateTimeOffset invited)
        {
            yield return new PhaseView("invitation", invited, times.Taken ?? times.Sending ?? times.Accepted);
        }

        if (times.Taken is DateTimeOffset taken)
        {
            yield return new PhaseView("training", taken, times.Sending ?? times.Accepted);
        }

        if (times.Sending is DateTimeOffset sending)
        {
            yield return new PhaseView("upload", sending, times.Accepted);
        }

        if (times.Accepted is DateTimeOffset accepted)
        {
            yield return new PhaseView("others", accepted, times.SumSent);
        }

        if (times.SumSent is DateTimeOffset sent)
        {
            yield return new PhaseView("download", sent, times.SumTaken);
        }

        if (times.SumTaken is DateTimeOffset opened)
        {
            yield return new PhaseView("opening", opened, times.SumHandled);
        }
    }

    // JSON has no infinity.
    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
