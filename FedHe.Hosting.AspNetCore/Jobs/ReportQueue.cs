namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A report queue has the reports that wait, each of which is either taken or withdrawn. It is thread-safe.</summary>
/// <remarks>A caller waits for each report and withdraws it when it goes, so the queue holds no more reports than there are requests.</remarks>
internal sealed class ReportQueue
{
    private readonly List<PendingReport> _waiting = [];
    private readonly Lock _changing = new();

    /// <summary>Adds a report.</summary>
    public void Add(PendingReport report)
    {
        lock (_changing)
        {
            _waiting.Add(report);
        }
    }

    /// <summary>Withdraws a report. Returns false where somebody has taken it.</summary>
    public bool TryWithdraw(PendingReport report)
    {
        lock (_changing)
        {
            return _waiting.Remove(report);
        }
    }

    /// <summary>Takes the reports that have waited longest, one of each client: no client fills a group.</summary>
    /// <param name="most">The largest number of reports.</param>
    public List<PendingReport> Take(int most)
    {
        lock (_changing)
        {
            List<PendingReport> group = [.. _waiting.DistinctBy(report => report.Report.Slot.Client).Take(most)];
            _waiting.RemoveAll(group.Contains);
            return group;
        }
    }
}
