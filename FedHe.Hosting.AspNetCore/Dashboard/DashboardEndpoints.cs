using System.Net.ServerSentEvents;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Endpoints;
using FedHe.Hosting.AspNetCore.Jobs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>Dashboard endpoints serve a static page with its style and script, the snapshot, and later snapshots as server-sent events; they change nothing.</summary>
internal sealed class DashboardEndpoints(FedHeServer server, SnapshotSource snapshots, TimeProvider time)
{
    // Each viewer holds a connection.
    private const int MostViewers = 64;

    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int _viewers;

    public Task PageAsync(HttpContext context) => GuardAsync(context, () =>
    {
        PathString path = context.Request.PathBase + context.Request.Path;
        if (path.Value!.EndsWith('/'))
        {
            // The page names its parts beside itself.
            return TypedResults.LocalRedirect($"~{context.Request.Path.Value!.TrimEnd('/')}");
        }

        string own = Uri.EscapeDataString(path.Value[(path.Value.LastIndexOf('/') + 1)..]);
        return TypedResults.Text(Read("dashboard.html").Replace("{own}", own, StringComparison.Ordinal), "text/html", Encoding.UTF8);
    });

    public Task StyleAsync(HttpContext context) => GuardAsync(context, () => TypedResults.Text(Read("dashboard.css"), "text/css", Encoding.UTF8));

    public Task ScriptAsync(HttpContext context) => GuardAsync(context, () => TypedResults.Text(Read("dashboard.js"), "text/javascript", Encoding.UTF8));

    public Task SnapshotAsync(HttpContext context) => GuardAsync(context, () => TypedResults.Text(snapshots.WriteJson(), "application/json", Encoding.UTF8));

    public Task EventsAsync(HttpContext context) => GuardAsync(context, () =>
    {
        if (Interlocked.Increment(ref _viewers) > MostViewers)
        {
            Interlocked.Decrement(ref _viewers);
            return Problem.TooManyViewers.ToResult();
        }

        context.Response.OnCompleted(() =>
        {
            Interlocked.Decrement(ref _viewers);
            return Task.CompletedTask;
        });
        context.Response.OnStarting(() =>
        {
            // A proxy is to pass each event on as it comes, and as it is. The result of ASP.NET Core has a header for caches of its own.
            context.Response.Headers["X-Accel-Buffering"] = "no";
            context.Response.Headers.CacheControl = "no-store, no-transform";
            return Task.CompletedTask;
        });
        return TypedResults.ServerSentEvents(FollowAsync(context.RequestAborted));
    });

    private static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{typeof(DashboardEndpoints).Namespace}.Page.{name}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Tells whether somebody has to be authorized for this endpoint, by a policy of its own or by the one of the host for all.</summary>
    private static async ValueTask<bool> HasPolicyAsync(HttpContext context)
        => context.GetEndpoint() is Endpoint endpoint
            && await DashboardAccess.HasPolicyAsync(endpoint, context.RequestServices.GetService<IAuthorizationPolicyProvider>()).ConfigureAwait(false);

    private async IAsyncEnumerable<SseItem<string>> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, server.Stopping);
        while (!end.IsCancellationRequested)
        {
            yield return new SseItem<string>(snapshots.WriteJson(), "snapshot");
            try
            {
                await Task.Delay(Pause, time, end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                yield break;
            }
        }
    }

    /// <summary>
    /// Lets a request through that the host's authorization let through, or that comes from this machine to a host that has no policy and listens
    /// nowhere else. A name in the address that is not this machine's own is refused there: it may be of a page that had its name point here.
    /// </summary>
    private async Task GuardAsync(HttpContext context, Func<IResult> serve)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        IResult result = !server.IsAdmitted ? Problem.Unavailable.ToResult()
            : !Transport.IsProtected(context) ? Problem.NotProtected.ToResult()
            : await HasPolicyAsync(context).ConfigureAwait(false) || IsOfThisMachine(context) ? serve()
            : Problem.NotForCaller.ToResult();
        try
        {
            await result.ExecuteAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The viewer has gone.
        }
    }

    private static bool IsOfThisMachine(HttpContext context)
        => Transport.IsFromThisMachine(context) && Uri.TryCreate($"http://{context.Request.Host.Value}/", UriKind.Absolute, out Uri? named) && named.IsLoopback;
}
