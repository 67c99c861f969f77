using FedHe.Orchestration.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

#pragma warning disable IDE0130 // Extension methods of the container are where every host looks for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Extension methods that bring the measurements and the activities of FedHe into OpenTelemetry.</summary>
public static class FedHeTelemetryExtensions
{
    private static readonly string[] HttpMeters = ["System.Net.Http", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"];
    private static readonly string[] HttpSources = ["System.Net.Http", "Microsoft.AspNetCore"];

    /// <summary>Adds the meters and the activity sources of FedHe and of HTTP to OpenTelemetry.</summary>
    /// <param name="services">The services of the host.</param>
    /// <returns>OpenTelemetry's builder, for exporters, views and resources.</returns>
    /// <remarks>HTTP requests carry a trace from a client to the server. The process exports nothing until the application adds an exporter to the builder.</remarks>
    public static OpenTelemetryBuilder AddFedHeTelemetry(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter([InstrumentNames.Source, .. HttpMeters]))
            .WithTracing(tracing => tracing.AddSource([InstrumentNames.Source, .. HttpSources]));
    }
}
