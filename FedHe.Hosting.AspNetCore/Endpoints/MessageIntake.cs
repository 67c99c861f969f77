using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>A message intake hands the whole message of a client, however it came, to the server of its job, and answers when what follows from it is on the disk.</summary>
internal sealed class MessageIntake(ILogger<MessageIntake> logger)
{
    private const string AuditHeader = "FedHe-Audit";

    /// <summary>The answer to a message that the server has taken.</summary>
    public static IResult Accepted(HttpContext context, HostedJob job)
    {
        if (job.AuditHead is AuditHead head)
        {
            context.Response.Headers[AuditHeader] = head.ToString();
        }

        return TypedResults.StatusCode(StatusCodes.Status202Accepted);
    }

    /// <summary>Hands a message to the server.</summary>
    /// <param name="context">The request that brings the message, or its end.</param>
    /// <param name="job">The job.</param>
    /// <param name="party">The client, which brings the message and sent it.</param>
    /// <param name="info">What the message says about itself.</param>
    /// <param name="message">The message, which is read when it is its turn.</param>
    /// <returns>The answer, and the stamp of the saved state that has the message, or null where it was refused.</returns>
    public async Task<(IResult Answer, StateStamp? Taken)> HandAsync(HttpContext context, HostedJob job, string party, MessageInfo info, IStoredMessage message)
    {
        (RefusalReason reason, StateStamp stamp) = await job.HandleAsync(info, message, context.RequestAborted).ConfigureAwait(false);
        IResult accepted = Accepted(context, job);
        if (info.Kind == MessageKind.Announcement)
        {
            job.Seats[party].MustAnnounce = false;
        }

        if (reason == RefusalReason.None)
        {
            return (accepted, stamp);
        }

        Log.MessageRefused(logger, job.Name, party, reason);
        return (Problem.Refused(reason.ToString()), null);
    }

    /// <summary>Passes a key request on to the authority.</summary>
    public static async Task<IResult> RelayRequestAsync(HttpContext context, HostedJob job, MessageInfo info, IStoredMessage message)
    {
        await job.RelayAsync(PartyNames.Authority, info.Kind, message.ToMemory(), context.RequestAborted).ConfigureAwait(false);
        return TypedResults.StatusCode(StatusCodes.Status202Accepted);
    }
}
