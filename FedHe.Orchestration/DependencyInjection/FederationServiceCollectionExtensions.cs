using FedHe.Crypto;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>Registers what a host needs to take part in federations, in whatever role.</summary>
public static class FederationServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="FederationFactory"/> and what it is made of. Choose a scheme with one of the
    /// <c>Use...</c> methods of the result. <see cref="TimeProvider"/>, <see cref="IClientSampler"/> and
    /// <see cref="IClientAuthenticator"/> can be replaced by registering others before.
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
        services.TryAddSingleton<IClientAuthenticator, RosterAuthenticator>();
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
