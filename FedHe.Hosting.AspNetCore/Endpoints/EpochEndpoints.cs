using System.Globalization;
using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>The endpoints of epochs: the key authority brings a plan, and every party takes certificates.</summary>
internal sealed class EpochEndpoints(PartyGuard guard, TimeProvider time, ILogger<EpochEndpoints> logger)
{
    private const string ContentType = "application/octet-stream";

    /// <summary>Takes the signed plan of the next epoch in, and answers when it is on the disk.</summary>
    public Task PostPlanAsync(HttpContext context) => guard.RunAsync(context, async (job, party) =>
    {
        if (party != PartyNames.Authority)
        {
            return Problem.NotForCaller.ToResult();
        }

        PartySeat seat = job.Seats[party];
        if (!seat.TryBeginArrival())
        {
            return Problem.TooMany.ToResult();
        }

        try
        {
            return await TakeAsync(context, job).ConfigureAwait(false);
        }
        finally
        {
            seat.EndArrival();
        }
    });

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
        if (context.Request.ContentLength is not long length)
        {
            return Problem.NoLength.ToResult();
        }

        if (length is 0 or > HostedJob.LongestPlan)
        {
            return (length is 0 ? Problem.Malformed : Problem.TooLong).ToResult();
        }

        using ArrivingMessage plan = await ArrivingMessage.BeginAsync(context.Request, (int)length, time, context.RequestAborted).ConfigureAwait(false);
        await plan.TakeAsync(job.PathOfArrival(), context.RequestAborted).ConfigureAwait(false);
        switch (await job.ProposeAsync(plan.Read, context.RequestAborted).ConfigureAwait(false))
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
