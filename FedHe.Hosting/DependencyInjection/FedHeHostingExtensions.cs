using System.Diagnostics.CodeAnalysis;
using FedHe.Hosting.Authorities;
using FedHe.Hosting.Clients;
using FedHe.Hosting.Parties;
using FedHe.Orchestration.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

#pragma warning disable IDE0130 // Extension methods of the container are where every host looks for them.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Extension methods that make a client or a key authority of a job a service of the host.</summary>
/// <remarks>
/// A host may have several, each with a name and a folder of its own. The name is the key of the services of its federation: see <see
/// cref="FederationServiceCollectionExtensions"/>.
/// </remarks>
public static class FedHeHostingExtensions
{
    /// <summary>The name of a job in a host that has one.</summary>
    public const string DefaultName = "fedhe";

    /// <summary>
    /// Adds a client, which is a committee member where the job says so. Call <c>AddTrainer</c> and <c>StartFrom</c> on the result.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="section">The section of the configuration with the values of <see cref="FedHePartyOptions"/>.</param>
    /// <param name="name">The name of the job in this host.</param>
    public static FedHeClientBuilder AddFedHeClient(this IServiceCollection services, IConfigurationSection section, string name = DefaultName)
    {
        ArgumentNullException.ThrowIfNull(section);
        FederationBuilder federation = AddParty<FedHePartyOptions, PartyOptionsValidator>(
            services, name, FedHeClientBuilder.OptionsName(name), options => section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true));
        services.AddSingleton<IHostedService>(provider => new ClientWorker(name, provider));
        return new FedHeClientBuilder(federation);
    }

    /// <summary>
    /// Adds a key authority, which works through its mailbox at the server. Say on <c>Federation</c> of the result who may have keys.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="section">The section of the configuration with the values of <see cref="FedHeKeyAuthorityOptions"/>.</param>
    /// <param name="name">The name of the job in this host.</param>
    public static FedHeKeyAuthorityBuilder AddFedHeKeyAuthority(this IServiceCollection services, IConfigurationSection section, string name = DefaultName)
    {
        ArgumentNullException.ThrowIfNull(section);
        FederationBuilder federation = AddParty<FedHeKeyAuthorityOptions, KeyAuthorityOptionsValidator>(
            services, name, FedHeKeyAuthorityBuilder.OptionsName(name), options => section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true));
        services.AddSingleton<IHostedService>(provider => new AuthorityWorker(name, provider));
        return new FedHeKeyAuthorityBuilder(federation);
    }

    private static FederationBuilder AddParty<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TValidator>(
        IServiceCollection services, string name, string optionsName, Action<TOptions> bind)
        where TOptions : FedHePartyOptions
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.AddOptions<TOptions>(optionsName).Configure(bind).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TValidator>());
        return services.AddFederation(name);
    }
}
