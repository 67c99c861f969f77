using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Jobs;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Endpoints;

/// <summary>A party guard stands before the endpoints of the parties, and lets each of them through to what is its own.</summary>
internal sealed class PartyGuard(FedHeServer server, ILogger<PartyGuard> logger)
{
    /// <summary>
    /// Lets a request through to the party that it names, if it comes from this party, and turns what goes wrong into a problem. Nobody else
    /// learns anything, not even whether there is such a job.
    /// </summary>
    public async Task RunAsync(HttpContext context, Func<HostedJob, string, Task<IResult>> serve)
    {
        IResult result;
        try
        {
            HostedJob? job = Guid.TryParse(context.GetRouteValue("job") as string, out Guid id) ? server.Find(id) : null;
            string party = context.GetRouteValue("party") as string ?? string.Empty;
            Problem? problem = !server.IsAdmitted ? Problem.Unavailable
                : !Transport.IsProtected(context) ? Problem.NotProtected
                : await CheckCallerAsync(context, job, party).ConfigureAwait(false);
            if (problem is null)
            {
                PartySeat seat = job!.Seats[party];
                seat.BeginRequest();
                try
                {
                    result = await serve(job, party).ConfigureAwait(false);
                    await result.ExecuteAsync(context).ConfigureAwait(false);
                    return;
                }
                finally
                {
                    seat.EndRequest();
                }
            }

            Log.Refused(logger, problem.Name);
            result = problem.ToResult();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException) when (server.Stopping.IsCancellationRequested)
        {
            result = Problem.Unavailable.ToResult();
        }
        catch (BadHttpRequestException fault)
        {
            // What was too slow may be sent again; what is malformed may not.
            result = (fault.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => Problem.TooLong,
                StatusCodes.Status408RequestTimeout => Problem.TooSlow,
                _ => Problem.Malformed,
            }).ToResult();
        }
        catch (FileNotFoundException)
        {
            result = Problem.NoMessage.ToResult();
        }
        catch (IOException fault)
        {
            Log.RequestFailed(logger, Fault.Of(fault));
            result = Problem.NoRoom.ToResult();
        }
        catch (Exception fault)
        {
            Log.RequestFailed(logger, Fault.Of(fault));
            result = Problem.Failed.ToResult();
        }

        if (!context.Response.HasStarted)
        {
            await result.ExecuteAsync(context).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Lets a request with a message through as <see cref="RunAsync"/> does, unless as many messages of the party as it may send at once are
    /// arriving.
    /// </summary>
    public Task RunArrivalAsync(HttpContext context, Func<HostedJob, string, Task<IResult>> take) => RunAsync(context, async (job, party) =>
    {
        PartySeat seat = job.Seats[party];
        if (!seat.TryBeginArrival())
        {
            return Problem.TooMany.ToResult();
        }

        try
        {
            return await take(job, party).ConfigureAwait(false);
        }
        finally
        {
            seat.EndArrival();
        }
    });

    private async ValueTask<Problem?> CheckCallerAsync(HttpContext context, HostedJob? job, string party)
    {
        // Of all jobs, not of this one: jobs of one host may know callers by different things, and the answer must not tell which job there is.
        return !server.HasIdentity(context) ? Problem.NoIdentity
            : job is null || !job.Seats.ContainsKey(party) || !await job.Callers.IsFromAsync(context, party).ConfigureAwait(false) ? Problem.NotForCaller
            : null;
    }
}
