using System.Globalization;
using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>Epoch endpoints let the key authority bring a plan, and every party take certificates.</summary>
internal sealed class EpochEndpoints(PartyGuard guard, TimeProvider time, ILogger<EpochEndpoints> logger)
{
    private const string ContentType = "application/octet-stream";

    /// <summary>Takes the signed plan of the next epoch in, and answers when it is on the disk.</summary>
    public Task PostPlanAsync(HttpContext context) => guard.RunArrivalAsync(
        context, (job, party) => party == PartyNames.Authority ? TakeAsync(context, job) : Task.FromResult(Problem.NotForCaller.ToResult()));

    /// <summary>Sends the certificate of an epoch that has begun.</summary>
    public Task GetCertificateAsync(HttpContext context) => guard.RunAsync(context, (job, _) =>
    {
        IResult result = int.TryParse(context.GetRouteValue("epoch") as string, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            && job.Parties.TryGetCertificate(epoch, out ReadOnlyMemory<byte> certificate)
                ? TypedResults.Bytes(certificate, ContentType)
                : Problem.NoCertificate.ToResult();
        return Task.FromResult(result);
    });

    private async Task<IResult> TakeAsync(HttpContext context, HostedJob job)
    {
        if (ArrivingMessage.FindFault(context.Request, MessageLimits.LongestPlan, out int length) is Problem fault)
        {
            return fault.ToResult();
        }

        using ArrivingMessage plan = await ArrivingMessage.BeginAsync(context.Request, length, time, context.RequestAborted).ConfigureAwait(false);
        await plan.TakeAsync(job.PathOfArrival(), context.RequestAborted).ConfigureAwait(false);
        switch (await job.ProposeAsync(plan, context.RequestAborted).ConfigureAwait(false))
        {
            case { IsUnderWay: true }:
                return Problem.OtherPlan.ToResult();
            case { Refusal: string reason }:
                Log.PlanRefused(logger, job.Name, reason);
                return Problem.Refused(reason);
            default:
                return TypedResults.StatusCode(StatusCodes.Status202Accepted);
        }
    }
}
