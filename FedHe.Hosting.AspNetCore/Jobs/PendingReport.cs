using FedHe.Hosting.AspNetCore.Metrics;
using FedHe.Orchestration.Metrics;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>A pending report waits until a thread takes it in.</summary>
internal sealed class PendingReport(MetricReport report)
{
    private readonly TaskCompletionSource<(MetricRefusal Refusal, bool IsNew)> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The report, which its client has signed.</summary>
    public MetricReport Report => report;

    /// <summary>The reason why the report cannot be taken, and whether it was written, when it is on the disk.</summary>
    public Task<(MetricRefusal Refusal, bool IsNew)> Outcome => _outcome.Task;

    /// <summary>Answers for a report that is on the disk, or is refused.</summary>
    public void Complete((MetricRefusal Refusal, bool IsNew) outcome) => _outcome.TrySetResult(outcome);

    /// <summary>Answers for a report that was not written.</summary>
    public void Fail(Exception fault) => _outcome.TrySetException(fault);
}
