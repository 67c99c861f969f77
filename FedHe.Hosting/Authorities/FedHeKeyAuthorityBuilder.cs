using FedHe.Hosting.Connections;
using FedHe.Hosting.Parties;
using FedHe.Orchestration.DependencyInjection;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Authorities;

/// <summary>A key authority builder continues the configuration of a key authority that <c>AddFedHeKeyAuthority</c> began.</summary>
public sealed class FedHeKeyAuthorityBuilder
{
    internal FedHeKeyAuthorityBuilder(FederationBuilder federation) => Federation = federation;

    /// <summary>
    /// The federation of the authority: for its scheme, where the job has no committee, and for the authenticator that decides who gets keys.
    /// </summary>
    public FederationBuilder Federation { get; }

    /// <summary>The service collection that is being configured.</summary>
    public IServiceCollection Services => Federation.Services;

    /// <summary>The name of the job in this host, which is the key of its services.</summary>
    public string Name => Federation.Name!;

    /// <summary>Shows a bearer token in place of a certificate.</summary>
    /// <param name="token">The method that returns a token that is valid now; it is asked for each request.</param>
    /// <exception cref="InvalidOperationException">A method was named before.</exception>
    public FedHeKeyAuthorityBuilder UseBearerToken(Func<CancellationToken, ValueTask<string>> token)
    {
        ArgumentNullException.ThrowIfNull(token);
        Services.AddKeyedOnce(ServiceKey(Name), _ => new AccessToken(token));
        return this;
    }

    internal static string OptionsName(string name) => $"key authority {name}";

    /// <summary>The key of services that a client of the same job in the same host must not get.</summary>
    internal static string ServiceKey(string name) => OptionsName(name);
}
