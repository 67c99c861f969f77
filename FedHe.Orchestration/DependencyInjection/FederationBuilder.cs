using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>Continues the configuration that <see cref="FederationServiceCollectionExtensions.AddFederation"/> began.</summary>
public sealed class FederationBuilder
{
    internal FederationBuilder(IServiceCollection services) => Services = services;

    /// <summary>The service collection that is being configured.</summary>
    public IServiceCollection Services { get; }
}
