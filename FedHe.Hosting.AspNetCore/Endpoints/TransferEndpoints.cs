using System.Globalization;
using FedHe.Crypto.Identities;
using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Arrivals;
using FedHe.Hosting.AspNetCore.Jobs;
using FedHe.Hosting.AspNetCore.Transfers;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>
/// Transfer endpoints let a client bring a long message in chunks, and go on where it was interrupted: it begins with the signed head, asks for the offset,
/// brings the chunks, one or several with a request, and then has the server take the message.
/// </summary>
internal sealed class TransferEndpoints(PartyGuard guard, MessageIntake intake, TimeProvider time)
{
    private const string OffsetHeader = "Upload-Offset";
    private const string LengthHeader = "Upload-Length";
    private const string CompleteHeader = "Upload-Complete";

    /// <summary>Takes the head of a message, and answers how much of the message is there.</summary>
    public Task BeginAsync(HttpContext context) => guard.RunArrivalAsync(context, async (job, party) =>
    {
        if (ArrivingMessage.FindFault(context.Request, job.Limits.LongestHead, out int length) is Problem fault)
        {
            return fault.ToResult();
        }

        using var body = new ArrivingBody(context.Request, length, time);
        if (!TransferHead.TryRead(await body.ReadAsync(context.RequestAborted).ConfigureAwait(false), out TransferHead? head, out _))
        {
            return Problem.Malformed.ToResult();
        }

        Problem? problem = head.Info.JobId != job.Job.JobId || head.Client.Value != party ? Problem.WrongSender
            : head.Info.Kind == MessageKind.KeyRequest || job.Limits.Of(head.Info.Kind) is not long limit ? Problem.Malformed
            : head.Length > limit ? Problem.TooLong

            // No client is invited to a round that has not begun; what the server says of itself may be a step behind.
            : head.Info.Round > job.Status.Round + 1 ? Problem.Malformed
            : !job.Parties.Job.Roster.TryGetKey(head.Client, out VerificationKey? key) || !head.IsSignedBy(key) ? Problem.WrongSender
            : null;
        return problem?.ToResult()
            ?? (job.LatenessOf(head.Info) is RefusalReason reason ? Problem.Refused(reason.ToString()) : await BeginAsync(context, job, head).ConfigureAwait(false));
    });

    /// <summary>Says how much of a message is there.</summary>
    public Task GetOffsetAsync(HttpContext context) => guard.RunAsync(context, async (job, party) =>
    {
        if (Find(context, job, party) is not Transfer transfer || !await transfer.PrepareAsync(context.RequestAborted).ConfigureAwait(false))
        {
            return Problem.NoTransfer.ToResult();
        }

        await VerifyTakenAsync(context, job, transfer).ConfigureAwait(false);
        return Describe(context, transfer, TypedResults.NoContent());
    });

    /// <summary>Takes the next chunks in, and answers when they are in the file.</summary>
    public Task AppendAsync(HttpContext context) => guard.RunArrivalAsync(context, async (job, party) =>
    {
        if (Find(context, job, party) is not Transfer transfer || !await transfer.PrepareAsync(context.RequestAborted).ConfigureAwait(false))
        {
            return Problem.NoTransfer.ToResult();
        }

        if (!long.TryParse(context.Request.Headers[OffsetHeader], NumberStyles.None, CultureInfo.InvariantCulture, out long offset))
        {
            return Problem.Malformed.ToResult();
        }

        if (offset != transfer.Offset || offset >= transfer.Head.Length)
        {
            return Describe(context, transfer, Problem.WrongOffset.ToResult());
        }

        if (ArrivingMessage.FindFault(context.Request, TransferHead.MaxChunkLength, out int length) is Problem fault)
        {
            return fault.ToResult();
        }

        if (!IsEndOfChunk(transfer.Head, offset + length))
        {
            return Problem.WrongChunk.ToResult();
        }

        using var body = new ArrivingBody(context.Request, length, time);
        return await transfer.AppendAsync(offset, body, context.RequestAborted).ConfigureAwait(false) switch
        {
            ChunkOutcome.Written => Describe(context, transfer, TypedResults.NoContent()),
            ChunkOutcome.WrongOffset => Describe(context, transfer, Problem.WrongOffset.ToResult()),
            ChunkOutcome.WrongBytes => Problem.DamagedChunk.ToResult(),
            ChunkOutcome.Overtaken => Problem.Overtaken.ToResult(),
            _ => Problem.NoTransfer.ToResult(),
        };
    });

    /// <summary>Has the server take a message, all of which is there, and answers when what follows from it is on the disk.</summary>
    public Task CompleteAsync(HttpContext context) => guard.RunArrivalAsync(context, async (job, party) =>
    {
        if (Find(context, job, party) is not Transfer transfer || !await transfer.PrepareAsync(context.RequestAborted).ConfigureAwait(false))
        {
            return Problem.NoTransfer.ToResult();
        }

        using Transfer.Use use = await transfer.UseAsync(context.RequestAborted).ConfigureAwait(false);
        if (transfer.IsTaken)
        {
            await job.VerifyAsync(context.RequestAborted).ConfigureAwait(false);
            return MessageIntake.Accepted(context, job);
        }

        if (transfer.Offset < transfer.Head.Length)
        {
            return Describe(context, transfer, Problem.Incomplete.ToResult());
        }

        if (transfer.FindInfo() is not MessageInfo info)
        {
            job.Transfers.End(transfer);
            return Problem.Malformed.ToResult();
        }

        (IResult answer, StateStamp? taken) = await intake.HandAsync(context, job, party, info, transfer).ConfigureAwait(false);
        if (taken is null)
        {
            job.Transfers.End(transfer);
        }
        else if (info.Kind == MessageKind.Upload)
        {
            transfer.NoteTaken(taken.Value);
        }

        // Any other message stays, since the server answers it anew each time it comes.
        return answer;
    });

    private static async Task<IResult> BeginAsync(HttpContext context, HostedJob job, TransferHead head)
    {
        if (job.Transfers.Begin(head) is not Transfer transfer)
        {
            return Problem.TooMany.ToResult();
        }

        try
        {
            if (!await transfer.PrepareAsync(context.RequestAborted).ConfigureAwait(false))
            {
                return Problem.NoTransfer.ToResult();
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            job.Transfers.End(transfer);
            return Problem.NoRoom.ToResult();
        }

        await VerifyTakenAsync(context, job, transfer).ConfigureAwait(false);
        job.Watch.Arriving(head.Client.Value, head.Info);
        context.Response.Headers.Location = $"{context.Request.PathBase}{context.Request.Path}/{head.Name}";
        return Describe(context, transfer, TypedResults.StatusCode(StatusCodes.Status201Created));
    }

    /// <summary>Sees to it that a server tells a client that it has a message only as long as it has the job.</summary>
    private static Task VerifyTakenAsync(HttpContext context, HostedJob job, Transfer transfer)
        => transfer.IsTaken ? job.VerifyAsync(context.RequestAborted) : Task.CompletedTask;

    /// <summary>Adds to an answer how much of the message is there.</summary>
    private static IResult Describe(HttpContext context, Transfer transfer, IResult answer)
    {
        context.Response.Headers[OffsetHeader] = transfer.Offset.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers[LengthHeader] = transfer.Head.Length.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers[CompleteHeader] = transfer.IsTaken ? "?1" : "?0";
        context.Response.Headers.CacheControl = "no-store";
        return answer;
    }

    private static Transfer? Find(HttpContext context, HostedJob job, string party)
        => TryReadHex(context.GetRouteValue("transfer") as string, out Digest name) ? job.Transfers.Find(party, name) : null;

    /// <summary>Tells whether a chunk ends at an offset.</summary>
    private static bool IsEndOfChunk(TransferHead head, long offset) => offset == head.Length || (offset < head.Length && offset % head.ChunkLength == 0);

    private static bool TryReadHex(string? text, out Digest name)
    {
        Span<byte> bytes = stackalloc byte[Digest.SizeInBytes];
        bool isHex = text?.Length == 2 * Digest.SizeInBytes && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        name = isHex ? new Digest(bytes) : default;
        return isHex;
    }
}
