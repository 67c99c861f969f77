using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Tests.Support;

/// <summary>A proxy on a port of this machine that passes an answer on when all of it is there, so that events, which have no end, never come.</summary>
internal sealed class BufferingProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private BufferingProxy(WebApplication app, HttpClient http) => (_app, _http) = (app, http);

    /// <summary>The address of the proxy.</summary>
    public string Root => _app.Urls.Single();

    /// <summary>Begins to listen.</summary>
    /// <param name="server">The address of the server behind the proxy.</param>
    public static async Task<BufferingProxy> StartAsync(string server)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        var http = new HttpClient();
        app.Run(context => PassAsync(context, http, server));
        await app.StartAsync();
        return new BufferingProxy(app, http);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private static async Task PassAsync(HttpContext context, HttpClient http, string server)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"{server}{context.Request.Path}"), context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach ((string name, IEnumerable<string> values) in answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key != "Transfer-Encoding"))
            {
                context.Response.Headers[name] = values.ToArray();
            }

            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The browser has gone.
        }
    }
}
