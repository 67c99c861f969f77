using FedHe.Hosting.AspNetCore.Jobs;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FedHe.Hosting.AspNetCore.Health;

/// <summary>The jobs are ready when each takes messages: its folder can be written, and no newer state of it is known.</summary>
internal sealed class JobsHealthCheck(FedHeServer server) : IHealthCheck
{
    public const string Tag = "fedhe-ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        => Task.FromResult(!server.IsAdmitted ? HealthCheckResult.Unhealthy("The server is starting.")
            : server.Unready is { Count: > 0 } names ? HealthCheckResult.Unhealthy($"Jobs that take no messages: {string.Join(", ", names)}.")
            : HealthCheckResult.Healthy());
}
