using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>Continues the configuration that <see cref="FederationServiceCollectionExtensions.AddFederation(IServiceCollection)"/> began.</summary>
public sealed class FederationBuilder
{
    internal FederationBuilder(IServiceCollection services, string? name) => (Services, Name) = (services, name);

    /// <summary>The service collection that is being configured.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the federation, which is the key of its services, or null for the unnamed one.</summary>
    public string? Name { get; }

    internal FederationBuilder Configure(Action<FederationOptions> configure)
    {
        Services.Configure(Name ?? Options.DefaultName, configure);
        return this;
    }
}
