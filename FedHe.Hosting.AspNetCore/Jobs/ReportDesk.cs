using FedHe.Hosting.AspNetCore.Metrics;
using FedHe.Hosting.AspNetCore.Watching;
using FedHe.Hosting.Stores;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Metrics;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A report desk takes in the metrics that clients report, in groups that share a commit. It is thread-safe.</summary>
/// <param name="saved">The server.</param>
/// <param name="store">The store of the server.</param>
/// <param name="turn">The turn in which one caller uses the server.</param>
/// <param name="watch">Knows which uploads were accepted.</param>
/// <param name="metrics">The metrics.</param>
internal sealed class ReportDesk(SavedServer saved, IServerStore store, Turn turn, JobWatch watch, MetricBoard metrics) : IDisposable
{
    private const int MostInGroup = 32;

    private readonly Turn _ownTurn = new();
    private readonly ReportQueue _reports = new();

    // Messages wait for no file that reports alone are in; a database has one session that writes.
    private Turn TurnOfReports => saved.IsInFolder ? _ownTurn : turn;

    /// <summary>Takes the metrics of a client, who signed them. When the method returns, those that were not refused are on the disk; the same again change nothing.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task<(MetricRefusal Refusal, bool IsNew)> ReportAsync(MetricReport report, CancellationToken cancellationToken)
    {
        if (!watch.HasAccepted(report.Slot) && !await HasContributionAsync(report.Slot, cancellationToken).ConfigureAwait(false))
        {
            return (MetricRefusal.NoUpload, false);
        }

        var own = new PendingReport(report);
        _reports.Add(own);
        try
        {
            // Others have their turn between two groups.
            while (!own.Outcome.IsCompleted)
            {
                using Turn.Held held = await TurnOfReports.TakeAsync(cancellationToken).ConfigureAwait(false);
                if (!own.Outcome.IsCompleted)
                {
                    TakeGroup();
                }
            }
        }
        catch when (!_reports.TryWithdraw(own))
        {
            // Somebody else has it, and answers for it.
        }

        return await own.Outcome.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _ownTurn.Dispose();

    /// <summary>Finds out whether the open attempt has an upload that an earlier process took.</summary>
    private async Task<bool> HasContributionAsync(UploadSlot slot, CancellationToken cancellationToken)
    {
        using Turn.Held held = await turn.TakeAsync(cancellationToken).ConfigureAwait(false);
        return saved.Reopen().Contributions.Any(upload => upload.Slot == slot);
    }

    /// <summary>Takes reports in that wait, one of each client, with one commit. No step depends on them: where that fails, the server stays as it is.</summary>
    private void TakeGroup()
    {
        if (!saved.IsInFolder)
        {
            // A database that is away is asked again with a pause, and for nothing while it is.
            saved.Reopen();
        }

        List<PendingReport> group = _reports.Take(MostInGroup);
        try
        {
            (MetricRefusal Refusal, bool IsNew)[] taken = [.. group.Select(pending => (metrics.Take(pending.Report, out bool isNew), isNew))];
            store.Commit();
            for (int i = 0; i < group.Count; i++)
            {
                group[i].Complete(taken[i]);
            }
        }
        catch (Exception fault)
        {
            metrics.Forget();
            store.Rollback();
            group.ForEach(pending => pending.Fail(fault));
        }
    }
}
