using System.Globalization;
using System.Net;
using FedHe.Tool.Output;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Tool.Kits;

/// <summary>A kit dashboard is the dashboard of a server that is run from its kit, on a port of this machine that no other machine reaches.</summary>
/// <remarks>
/// The host listens for its parties elsewhere, with the same endpoints. A policy lets the dashboard be read where it belongs alone: over a connection of this machine to that port, under a
/// name of this machine, so that no page of another site reads it by a name that points here.
/// </remarks>
internal static class KitDashboard
{
    private const string Policy = "this machine";
    private const string Endpoints = "Kestrel:Endpoints";
    private const string Endpoint = Endpoints + ":FedHeDashboard";

    /// <summary>Adds the port and the policy to a host.</summary>
    /// <param name="builder">The builder of the host.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="ToolException">The kit's settings name no endpoints: Kestrel ignores other addresses where it has endpoints, so that no party would reach the server.</exception>
    public static void Add(WebApplicationBuilder builder, int port)
    {
        if (!builder.Configuration.GetSection(Endpoints).GetChildren().Any())
        {
            throw ToolException.Refused($"The settings of the kit have no {Endpoints}, and the port of the dashboard would silence the addresses that are set otherwise. Write the address of the parties as {Endpoints}:Https:Url.");
        }

        builder.Configuration.AddInMemoryCollection(
            [
                KeyValuePair.Create(Endpoint + ":Url", (string?)string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")),
                KeyValuePair.Create(Endpoint + ":Protocols", (string?)nameof(HttpProtocols.Http1)),
            ]);
        builder.Services.AddAuthorizationBuilder().AddPolicy(Policy, policy => policy.RequireAssertion(request => request.Resource is HttpContext context && IsHere(context, port)));
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, Refusal>();
    }

    /// <summary>Maps the dashboard.</summary>
    public static void Map(WebApplication app) => app.MapFedHeDashboard(KitFiles.Dashboard).RequireAuthorization(Policy);

    private static bool IsHere(HttpContext context, int port)
        => context.Connection is { LocalIpAddress: IPAddress local, RemoteIpAddress: IPAddress remote, LocalPort: int own } && own == port && IPAddress.IsLoopback(local) && IPAddress.IsLoopback(remote)
            && Uri.TryCreate($"http://{context.Request.Host.Value}/", UriKind.Absolute, out Uri? named) && named.IsLoopback;

    /// <summary>Refuses a request without asking who sends it: nobody from elsewhere may.</summary>
    private sealed class Refusal : IAuthorizationMiddlewareResultHandler
    {
        public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
        {
            if (authorizeResult.Succeeded)
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }
    }
}
