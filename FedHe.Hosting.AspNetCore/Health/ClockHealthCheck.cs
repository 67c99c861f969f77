using FedHe.Hosting.AspNetCore.Jobs;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FedHe.Hosting.AspNetCore.Health;

/// <summary>The server is live when the clocks of all its jobs run, without which no deadline passes.</summary>
internal sealed class ClockHealthCheck(FedHeServer server) : IHealthCheck
{
    public const string Tag = "fedhe-live";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        => Task.FromResult(server.IsLive ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The clock of a job has stopped. The log says which."));
}
