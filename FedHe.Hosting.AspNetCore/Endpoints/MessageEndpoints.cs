using System.Globalization;
using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Mailboxes;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>Message endpoints let a party bring a message, take the next one from its own mailbox, go on with one, and acknowledge it.</summary>
internal sealed class MessageEndpoints(PartyGuard guard, FedHeServer server, MessageIntake intake, TimeProvider time)
{
    private const string MessageHeader = "FedHe-Message";
    private const string AnnounceHeader = "FedHe-Announce";
    private const string ContentType = "application/octet-stream";

    /// <summary>Takes a message in, and answers when it and what follows from it are on the disk.</summary>
    public Task PostAsync(HttpContext context) => guard.RunArrivalAsync(
        context, (job, party) => party == PartyNames.Authority ? RelayAnswerAsync(context, job) : TakeMessageAsync(context, job, party));

    /// <summary>Waits for the next message in the caller's mailbox.</summary>
    public Task NextAsync(HttpContext context) => guard.RunAsync(context, async (job, party) =>
    {
        MessageName? after = null;
        if (context.Request.Query.TryGetValue("after", out var text) && !MessageName.TryParse(text, out after))
        {
            return Problem.Malformed.ToResult();
        }

        if (!int.TryParse(context.Request.Query["wait"], NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
        {
            seconds = 0;
        }

        var wait = TimeSpan.FromSeconds(Math.Min(seconds, server.LongPoll.TotalSeconds));
        Mailbox mailbox = job.MailboxOf(party);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.Stopping);
        WaitingMessage? message = await mailbox.WaitAfterAsync(after, wait, time, end.Token).ConfigureAwait(false);
        if (job.Seats[party].MustAnnounce)
        {
            context.Response.Headers[AnnounceHeader] = "1";
        }

        if (message is null)
        {
            return TypedResults.NoContent();
        }

        job.Watch.Taken(party, message.Info);
        return await SendAsync(context, mailbox, message, hasRanges: false).ConfigureAwait(false);
    });

    /// <summary>Sends a message of the caller's mailbox, or the rest of it.</summary>
    public Task GetAsync(HttpContext context) => guard.RunAsync(context, (job, party) =>
    {
        Mailbox mailbox = job.MailboxOf(party);
        return NameOf(context) is MessageName name && mailbox.Find(name) is WaitingMessage message
            ? SendAsync(context, mailbox, message, hasRanges: true)
            : Task.FromResult(Problem.NoMessage.ToResult());
    });

    /// <summary>Deletes a message that the caller has handled.</summary>
    public Task DeleteAsync(HttpContext context) => guard.RunAsync(context, (job, party) =>
    {
        Mailbox mailbox = job.MailboxOf(party);
        WaitingMessage? handled = NameOf(context) is MessageName name ? mailbox.Find(name) : null;
        if (handled is null || !mailbox.Remove(handled.Name))
        {
            return Task.FromResult(Problem.NoMessage.ToResult());
        }

        job.Watch.Handled(party, handled.Info);
        return Task.FromResult<IResult>(TypedResults.NoContent());
    });

    private static MessageName? NameOf(HttpContext context) => MessageName.TryParse(context.GetRouteValue("message") as string, out MessageName? name) ? name : null;

    private static async Task<IResult> SendAsync(HttpContext context, Mailbox mailbox, WaitingMessage message, bool hasRanges)
    {
        context.Response.Headers[MessageHeader] = message.Name.ToString();
        context.Response.Headers.CacheControl = "no-store";
        var tag = new EntityTagHeaderValue($"\"{message.Name}\"");
        return mailbox.PathOf(message) is string path
            ? TypedResults.PhysicalFile(path, ContentType, entityTag: tag, enableRangeProcessing: hasRanges)
            : TypedResults.Stream(await mailbox.OpenReadAsync(message, context.RequestAborted).ConfigureAwait(false), ContentType, entityTag: tag, enableRangeProcessing: hasRanges);
    }

    /// <summary>Reads the beginning of a message, and finds out whether it may be taken in.</summary>
    private async Task<(ArrivingMessage? Message, Problem? Problem)> BeginAsync(HttpContext context, HostedJob job, long longest)
    {
        if (ArrivingMessage.FindFault(context.Request, longest, out int length) is Problem fault)
        {
            return (null, fault);
        }

        ArrivingMessage message = await ArrivingMessage.BeginAsync(context.Request, length, time, context.RequestAborted).ConfigureAwait(false);
        return message.Info is null ? (message, Problem.Malformed)
            : message.Info.JobId != job.Job.JobId ? (message, Problem.WrongSender)
            : (message, null);
    }

    private async Task<IResult> TakeMessageAsync(HttpContext context, HostedJob job, string party)
    {
        (ArrivingMessage? message, Problem? problem) = await BeginAsync(context, job, job.Limits.LongestFromClient).ConfigureAwait(false);
        using (message)
        {
            problem ??= message!.Info!.Client is not ClientId sender || sender.Value != party ? Problem.WrongSender
                : job.Limits.Of(message.Info.Kind) is not long limit ? Problem.Malformed
                : message.Length > limit ? Problem.TooLong
                : null;
            if (problem is not null)
            {
                return problem.ToResult();
            }

            job.Watch.Arriving(party, message!.Info!);
            await message.TakeAsync(job.PathOfArrival(), context.RequestAborted).ConfigureAwait(false);
            return message.Info!.Kind == MessageKind.KeyRequest
                ? await MessageIntake.RelayRequestAsync(context, job, message.Info, message).ConfigureAwait(false)
                : (await intake.HandAsync(context, job, party, message.Info, message).ConfigureAwait(false)).Answer;
        }
    }

    /// <summary>Puts the authority's answer to a key request into the mailbox of the client that it is for.</summary>
    private async Task<IResult> RelayAnswerAsync(HttpContext context, HostedJob job)
    {
        string recipient = context.Request.Query["for"].ToString();
        if (!ClientId.IsValid(recipient) || !job.Seats.ContainsKey(recipient))
        {
            return Problem.Malformed.ToResult();
        }

        (ArrivingMessage? message, Problem? problem) = await BeginAsync(context, job, MessageLimits.LongestKeyAnswer).ConfigureAwait(false);
        using (message)
        {
            problem ??= message!.Info!.Kind is not (MessageKind.KeyGrant or MessageKind.KeyRefusal) ? Problem.Malformed
                : message.Info.Client is ClientId named && named.Value != recipient ? Problem.WrongSender
                : null;
            if (problem is not null)
            {
                return problem.ToResult();
            }

            await message!.TakeAsync(job.PathOfArrival(), context.RequestAborted).ConfigureAwait(false);
            IStoredMessage stored = message;
            await job.RelayAsync(recipient, message.Info!.Kind, stored.ToMemory(), context.RequestAborted).ConfigureAwait(false);
            return TypedResults.StatusCode(StatusCodes.Status202Accepted);
        }
    }
}
