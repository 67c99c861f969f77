using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Diagnostics;
using FedHe.Hosting.AspNetCore.Errors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Dashboard;

/// <summary>A dashboard guard ends a host whose dashboard would be open to other machines, as soon as it is known where the host listens.</summary>
internal sealed class DashboardGuard(IServiceProvider services, ILogger<DashboardGuard> logger) : IHostedLifecycleService
{
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        Endpoint[] endpoints = [.. (services.GetService<EndpointDataSource>()?.Endpoints ?? []).Where(DashboardAccess.IsDashboard)];
        var policies = services.GetService<IAuthorizationPolicyProvider>();
        foreach (string policy in endpoints.SelectMany(endpoint => endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>()).Select(data => data.Policy).OfType<string>().Distinct())
        {
            if (policies is null || await policies.GetPolicyAsync(policy).ConfigureAwait(false) is null)
            {
                throw Throw.DashboardPolicyMissing(policy);
            }
        }

        bool isOpen = false;
        foreach (Endpoint endpoint in endpoints)
        {
            isOpen |= !await DashboardAccess.HasPolicyAsync(endpoint, policies).ConfigureAwait(false);
        }

        if (!isOpen)
        {
            return;
        }

        foreach (string address in services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            if (!Transport.IsLoopback(address))
            {
                throw Throw.AuthorizationRequired(address);
            }
        }

        Log.DashboardIsOpen(logger);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
