using FedHe.Crypto;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Strategies;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

#pragma warning disable IDE0130 // Extension methods of the container are where every host looks for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Extension methods that register what a host needs to take part in federations, in any role.</summary>
/// <remarks>
/// A host of one federation leaves it unnamed and takes its <see cref="FederationFactory"/> like any service. A host of several
/// gives each a name: scheme, parameters, options, <see cref="ServerIdentity"/>, <see cref="IClientSampler"/>, <see
/// cref="IClientAuthenticator"/> and factory are then keyed services with the name as their key, and no federation gets such a
/// service of another one or of the unnamed one. The clock, the loggers and the meters are the host's and shared.
/// </remarks>
public static class FederationServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="FederationFactory"/> and its services. Committees open the sums of its jobs; where clients are to share the key
    /// of a scheme, choose the scheme with one of the <c>Use...</c> methods of the result. Replace <see cref="TimeProvider"/> or <see cref="IClientSampler"/> by registering another one before
    /// this call. A host that makes key authorities names its <see cref="IClientAuthenticator"/>, by registering it or with <see
    /// cref="FederationBuilderExtensions.AuthenticateByRosterAlone"/>. A host whose servers must survive a restart registers its
    /// stored <see cref="ServerIdentity"/> before this call; otherwise a fresh one is made.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    public static FederationBuilder AddFederation(this IServiceCollection services) => services.AddFederation(_ => { });

    /// <summary>Registers the unnamed federation, with options.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">The method that sets the options.</param>
    /// <inheritdoc cref="AddFederation(IServiceCollection)"/>
    public static FederationBuilder AddFederation(this IServiceCollection services, Action<FederationOptions> configure)
    {
        FederationBuilder builder = AddOptions(services, name: null, configure);
        services.TryAddSingleton(_ => ServerIdentity.Create());
        services.TryAddSingleton(provider => CreateSampler(OptionsOf(provider, Options.Options.DefaultName)));
        services.TryAddSingleton(provider => CreateContext(OptionsOf(provider, Options.Options.DefaultName)));
        services.TryAddSingleton<FederationFactory>();
        return builder;
    }

    /// <summary>
    /// Registers the unnamed federation, with scheme, parameters and options from the host's configuration, which is read when the
    /// host starts; everything unknown or wrong in it is refused then, by an <see cref="OptionsValidationException"/> that lists
    /// it. Where the section names no scheme, a <c>Use...</c> method may choose one.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="section">The section of the configuration; docs/orchestration.md lists its keys.</param>
    public static FederationBuilder AddFederation(this IServiceCollection services, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddFederation(options => FederationConfiguration.Read(section, options));
    }

    /// <summary>
    /// Registers a named federation: its <see cref="FederationFactory"/> and its services are keyed, with the name as their key.
    /// Replace a keyed <see cref="IClientSampler"/> by registering another one with the key before this call, and register a stored
    /// <see cref="ServerIdentity"/> in the same way.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the federation.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static FederationBuilder AddFederation(this IServiceCollection services, string name) => services.AddFederation(name, _ => { });

    /// <summary>Registers a named federation, with options.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the federation.</param>
    /// <param name="configure">The method that sets the options.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static FederationBuilder AddFederation(this IServiceCollection services, string name, Action<FederationOptions> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        FederationBuilder builder = AddOptions(services, name, configure);
        services.TryAddKeyedSingleton(name, (_, _) => ServerIdentity.Create());
        services.TryAddKeyedSingleton(name, (provider, _) => CreateSampler(OptionsOf(provider, name)));
        services.TryAddKeyedSingleton(name, (provider, _) => CreateContext(OptionsOf(provider, name)));
        services.TryAddKeyedSingleton(name, (provider, _) => new FederationFactory(name, provider));
        return builder;
    }

    /// <summary>
    /// Registers a named federation, with scheme, parameters and options from the host's configuration, as for the unnamed one.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the federation.</param>
    /// <param name="section">The section of the configuration; docs/orchestration.md lists its keys.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static FederationBuilder AddFederation(this IServiceCollection services, string name, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddFederation(name, options => FederationConfiguration.Read(section, options));
    }

    private static FederationBuilder AddOptions(IServiceCollection services, string? name, Action<FederationOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<FederationOptions>(name ?? Options.Options.DefaultName).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FederationOptions>, FederationOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        return new FederationBuilder(services, name);
    }

    private static FederationOptions OptionsOf(IServiceProvider services, string name)
        => services.GetRequiredService<IOptionsMonitor<FederationOptions>>().Get(name);

    private static IClientSampler CreateSampler(FederationOptions options)
        => options.SamplingSeed is long seed ? new SeededClientSampler(seed) : new SecureClientSampler();

    private static HeContext CreateContext(FederationOptions options)
        => options.Scheme is IHeScheme scheme ? scheme.CreateContext(options.Parameters ?? scheme.DefaultParameters) : throw Throw.NoScheme(null);
}
