using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Metrics;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>Metric endpoints let a client bring the metrics of its training.</summary>
internal sealed class MetricEndpoints(PartyGuard guard, MetricGauge gauge, TimeProvider time, ILogger<MetricEndpoints> logger)
{
    /// <summary>Takes the signed metrics of an attempt whose upload the server has, and answers when they are on the disk.</summary>
    public Task PostAsync(HttpContext context) => guard.RunArrivalAsync(
        context, (job, party) => party == PartyNames.Authority ? Task.FromResult(Problem.NotForCaller.ToResult()) : TakeAsync(context, job, party));

    private async Task<IResult> TakeAsync(HttpContext context, HostedJob job, string party)
    {
        if (ArrivingMessage.FindFault(context.Request, MetricReport.MaxLength, out int length) is Problem fault)
        {
            return fault.ToResult();
        }

        using var body = new ArrivingBody(context.Request, length, time);
        if (!MetricReport.TryRead(await body.ReadAsync(context.RequestAborted).ConfigureAwait(false), out MetricReport? report, out _))
        {
            return Problem.Malformed.ToResult();
        }

        if (report.Slot.JobId != job.Job.JobId || report.Slot.Client.Value != party
            || !job.Parties.Job.Roster.TryGetKey(report.Slot.Client, out VerificationKey? key) || !report.IsSignedBy(key))
        {
            return Problem.WrongSender.ToResult();
        }

        (MetricRefusal refusal, bool isNew) = await job.ReportAsync(report, context.RequestAborted).ConfigureAwait(false);
        if (refusal != MetricRefusal.None)
        {
            Log.MetricsRefused(logger, job.Name, party, refusal.ToString());
            return Problem.Refused(refusal.ToString());
        }

        if (isNew)
        {
            gauge.Record(report);
        }

        return TypedResults.StatusCode(StatusCodes.Status202Accepted);
    }
}
