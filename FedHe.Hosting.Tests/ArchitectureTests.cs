using System.Reflection;
using FedHe.Hosting.Errors;
using FedHe.TestKit.Architecture;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Tests;

/// <summary>The rules of docs/architecture.md for the leaf with clients and key authorities.</summary>
public sealed class HostingArchitectureTests() : ArchitectureConformance(Hosting)
{
    private static readonly Assembly Hosting = typeof(HostingException).Assembly;

    protected override IReadOnlyCollection<string> AllowedElsewhere => [typeof(FedHeHostingExtensions).FullName!, .. Generated.In(Hosting)];

    [Fact]
    public void Hosting_References_TheLayersAlone()
        => FedHeAssemblies.ReferencedBy(Hosting).Should().BeEquivalentTo("FedHe.Crypto", "FedHe.MLBridge", "FedHe.Orchestration");
}

/// <summary>The rules of docs/architecture.md for the leaf with the server.</summary>
public sealed class ServerArchitectureTests() : ArchitectureConformance(Server)
{
    private static readonly Assembly Server = typeof(FedHeServerExtensions).Assembly;

    protected override IReadOnlyCollection<string> AllowedElsewhere => [typeof(FedHeServerExtensions).FullName!, .. Generated.In(Server)];

    /// <summary>Server and parties are tested together.</summary>
    protected override IReadOnlyCollection<string> AllowedFriends => ["FedHe.Hosting.Tests"];

    [Fact]
    public void Server_References_TheLayersAndHosting()
        => FedHeAssemblies.ReferencedBy(Server).Should().BeSubsetOf(["FedHe.Crypto", "FedHe.MLBridge", "FedHe.Orchestration", "FedHe.Hosting"]);
}

/// <summary>The rules of docs/architecture.md for the leaf with OpenTelemetry.</summary>
public sealed class TelemetryArchitectureTests() : ArchitectureConformance(Telemetry)
{
    private static readonly Assembly Telemetry = typeof(FedHeTelemetryExtensions).Assembly;

    protected override IReadOnlyCollection<string> AllowedElsewhere => [typeof(FedHeTelemetryExtensions).FullName!];

    [Fact]
    public void Telemetry_References_OrchestrationAlone()
        => FedHeAssemblies.ReferencedBy(Telemetry).Should().BeSubsetOf(["FedHe.Orchestration"]);

    [Theory]
    [InlineData("FedHe.Hosting")]
    [InlineData("FedHe.Hosting.AspNetCore")]
    public void Hosts_WithoutThisLeaf_HaveNoOpenTelemetry(string name)
        => Assembly.Load(name).GetReferencedAssemblies().Should().NotContain(assembly => assembly.Name!.StartsWith("OpenTelemetry", StringComparison.Ordinal));
}

/// <summary>The rules of docs/architecture.md for the leaf with PostgreSQL.</summary>
public sealed class PostgreSqlArchitectureTests() : ArchitectureConformance(PostgreSql)
{
    private static readonly Assembly PostgreSql = typeof(FedHePostgreSqlExtensions).Assembly;

    protected override IReadOnlyCollection<string> AllowedElsewhere => [typeof(FedHePostgreSqlExtensions).FullName!, .. Generated.In(PostgreSql)];

    /// <summary>Stores are tested with the servers that use them.</summary>
    protected override IReadOnlyCollection<string> AllowedFriends => ["FedHe.Hosting.Tests"];

    [Fact]
    public void PostgreSql_References_HostingAlone()
        => FedHeAssemblies.ReferencedBy(PostgreSql).Should().BeSubsetOf(["FedHe.Hosting"]);

    [Theory]
    [InlineData("FedHe.Hosting")]
    [InlineData("FedHe.Hosting.AspNetCore")]
    public void Hosts_WithoutThisLeaf_HaveNoDatabase(string name)
        => Assembly.Load(name).GetReferencedAssemblies().Should().NotContain(assembly => assembly.Name!.StartsWith("Npgsql", StringComparison.Ordinal));
}

/// <summary>The types that the generator of configuration binders adds to an assembly, in namespaces of its own.</summary>
internal static class Generated
{
    public static IEnumerable<string> In(Assembly assembly)
        => assembly.GetTypes().Where(type => type.Name.StartsWith("<BindingExtensions_g>", StringComparison.Ordinal) && !type.IsNested).Select(type => type.FullName!);
}
