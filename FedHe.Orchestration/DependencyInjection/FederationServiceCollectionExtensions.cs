using FedHe.Crypto;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>Extension methods that register what a host needs to take part in federations, in any role.</summary>
public static class FederationServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="FederationFactory"/> and its services; choose a scheme with one of the <c>Use...</c>
    /// methods of the result. Replace <see cref="TimeProvider"/> or <see cref="IClientSampler"/> by registering another one before
    /// this call. A host that makes key authorities names its <see cref="IClientAuthenticator"/>, by registering it or with <see
    /// cref="FederationBuilderExtensions.AuthenticateByRosterAlone"/>. A host whose servers must survive a restart registers its
    /// stored <see cref="ServerIdentity"/> before this call; otherwise a fresh one is made.
    /// </summary>
    public static FederationBuilder AddFederation(this IServiceCollection services, Action<FederationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<FederationOptions> options = services.AddOptions<FederationOptions>();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        options.ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FederationOptions>, FederationOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => ServerIdentity.Create());
        services.TryAddSingleton(CreateSampler);
        services.TryAddSingleton(CreateContext);
        services.TryAddSingleton<FederationFactory>();
        return new FederationBuilder(services);
    }

    private static IClientSampler CreateSampler(IServiceProvider services)
        => services.GetRequiredService<IOptions<FederationOptions>>().Value.SamplingSeed is long seed
            ? new SeededClientSampler(seed)
            : new SecureClientSampler();

    private static HeContext CreateContext(IServiceProvider services)
    {
        FederationOptions options = services.GetRequiredService<IOptions<FederationOptions>>().Value;
        return options.Scheme!.CreateContext(options.Parameters ?? options.Scheme.DefaultParameters);
    }
}
