using System.Reflection;
using FedHe.Hosting.Errors;
using FedHe.TestKit.Architecture;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests;

/// <summary>The rules of docs/architecture.md for the leaf with clients and key authorities.</summary>
public sealed class HostingArchitectureTests() : ArchitectureConformance(Hosting)
{
    private static readonly Assembly Hosting = typeof(HostingException).Assembly;

    protected override IReadOnlyCollection<string> AllowedElsewhere => [typeof(FedHeHostingExtensions).FullName!];

    [Fact]
    public void Hosting_References_TheLayersAlone()
        => FedHeAssemblies.ReferencedBy(Hosting).Should().BeEquivalentTo("FedHe.Crypto", "FedHe.MLBridge", "FedHe.Orchestration");
}

/// <summary>The rules of docs/architecture.md for the leaf with the server.</summary>
public sealed class ServerArchitectureTests() : ArchitectureConformance(Server)
{
    private static readonly Assembly Server = typeof(FedHeServerExtensions).Assembly;

    protected override IReadOnlyCollection<string> AllowedElsewhere => [typeof(FedHeServerExtensions).FullName!];

    /// <summary>Server and parties are tested together.</summary>
    protected override IReadOnlyCollection<string> AllowedFriends => ["FedHe.Hosting.Tests"];

    [Fact]
    public void Server_References_TheLayersAndHosting()
        => FedHeAssemblies.ReferencedBy(Server).Should().BeSubsetOf(["FedHe.Crypto", "FedHe.MLBridge", "FedHe.Orchestration", "FedHe.Hosting"]);
}
