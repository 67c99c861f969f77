using System.Reflection;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;
using FedHe.TestKit.Architecture;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Orchestration.Tests;

/// <summary>The rules of docs/architecture.md for layer 3.</summary>
public sealed class ArchitectureTests() : ArchitectureConformance(Orchestration)
{
    private static readonly Assembly Orchestration = typeof(FederationServer).Assembly;
    private static readonly SecretTypes Secrets = new(
        typeof(AggregateDecryptor),
        typeof(KeyAuthority),
        typeof(KeyRequest),
        typeof(ClientKeys),
        typeof(ClientIdentity),
        typeof(FederationClient));

    /// <summary>Extension methods of the service container, which every host looks for in its namespace.</summary>
    protected override IReadOnlyCollection<string> AllowedElsewhere
        => [typeof(FederationServiceCollectionExtensions).FullName!, typeof(FederationBuilderExtensions).FullName!];

    [Fact]
    public void Server_ConstructorParameters_LeadToNoSecretKeyOrAuthority()
    {
        KeyReachability.FindPath(typeof(FederationServer), Secrets).Should().BeNull();
        KeyReachability.FindPath(typeof(FederationClient), Secrets).Should().NotBeNull("or the line above proves nothing");
    }

    [Fact]
    public void Server_StaticMembers_TakeNothingMoreThanItsConstructor()
        => typeof(FederationServer).GetMethod(nameof(FederationServer.Restore))!.GetParameters()
            .Select(parameter => parameter.ParameterType)
            .Should().Equal(typeof(FederationServerSetup), typeof(ReadOnlyMemory<byte>), typeof(StateStamp?), typeof(IEnumerable<ReadOnlyMemory<byte>>), typeof(Func<Digest, Stream?>));

    [Fact]
    public void Server_Fields_HoldNoSecret()
    {
        FieldReachability.FindPath(typeof(FederationServer), Secrets).Should().BeNull();
        FieldReachability.FindPath(typeof(FederationClient), Secrets).Should().NotBeNull("or the line above proves nothing");
    }

    /// <summary>Its contributors are semi-honest: one that is not learns the secret key from one opening.</summary>
    [Fact]
    public void Federations_NeverUseThresholdKeys()
    {
        const string Threshold = "FedHe.Crypto.Ckks.Threshold";
        CodeReader.ReferencesOf(Orchestration)
            .Where(use => (use.Target.Namespace ?? string.Empty).StartsWith(Threshold, StringComparison.Ordinal))
            .Should().BeEmpty();
        typeof(IHeScheme).Assembly.GetTypes().Should().Contain(type => type.Namespace == Threshold, "or the lines above prove nothing");
    }

    [Fact]
    public async Task Server_OnTheInsecureScheme_RefusesUnlessTheOptionsSayIt()
    {
        using TestBench bench = await TestBench.CreateAsync();
        Action act = () => _ = new FederationServer(bench.ServerSetup with { Safety = new FederationSafety() });

        act.Should().Throw<InsecureFederationException>().WithMessage("*AllowInsecure*");
    }

    [Fact]
    public async Task Server_WithAMaskThatEncryptsNothing_RefusesUnlessTheOptionsSayIt()
    {
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = "ckks", Mask = EncryptionMask.InsecureNone(TestModel.Layout) });
        Action act = () => _ = new FederationServer(bench.ServerSetup with { Safety = new FederationSafety() });

        act.Should().Throw<InsecureFederationException>();
    }

    [Fact]
    public async Task Server_OfOtherParametersOrStrategy_IsNotCreated()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using HeContext ckks = Schemes.Create("ckks");
        Action parameters = () => _ = new FederationServer(bench.ServerSetup with { Context = ckks.Public });
        Action strategy = () => _ = new FederationServer(bench.ServerSetup with { Strategy = new FedProxStrategy() });

        parameters.Should().Throw<HeMismatchException>();
        strategy.Should().Throw<HeMismatchException>();
    }

    [Fact]
    public void Orchestration_References_OnlyTheLayersBelow()
        => FedHeAssemblies.ReferencedBy(Orchestration).Should().BeEquivalentTo("FedHe.Crypto", "FedHe.MLBridge");

    [Fact]
    public void Orchestration_NamesASchemeOnly_WhereHostsChooseOne()
        => SchemeFolders.UsesIn(References, SchemeFolders.OfCrypto)
            .Select(use => use.Source).Distinct()
            .Should().BeEquivalentTo([typeof(FederationBuilderExtensions), typeof(SchemeConfiguration)]);

    [Fact]
    public void Orchestration_UsesNoTimerOrThread()
        => References
            .Where(use => use.Target.FullName is "System.Threading.Thread" or "System.Threading.Timer" or "System.Threading.PeriodicTimer")
            .Should().BeEmpty();
}
