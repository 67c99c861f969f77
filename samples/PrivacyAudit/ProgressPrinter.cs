using System.Diagnostics;
using System.Globalization;
using FedHe.PrivacyAudit.Runs;

namespace PrivacyAuditSample;

/// <summary>A progress printer shows the progress of the audit, a few times a minute on a pipe and once a second on a
/// terminal.</summary>
internal sealed class ProgressPrinter : IProgress<AuditProgress>
{
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(Console.IsErrorRedirected ? 20 : 1);
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();

    public void Report(AuditProgress value)
    {
        if (_sinceLast.Elapsed < _interval)
        {
            return;
        }

        _sinceLast.Restart();
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Finished} of {value.Total} done; {value.Mask.Selection} {value.Mask.Ratio:P1}, {value.Attack}, {value.Sample}, " +
            $"start {value.Restart}, iteration {value.Attempt.Iteration} of {value.Attempt.MaxIterations}, loss {value.Attempt.Loss:E2}");
        Console.Error.WriteLine(line);
    }
}
