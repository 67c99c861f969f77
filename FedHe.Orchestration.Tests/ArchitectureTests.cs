using System.Reflection;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;
using FedHe.TestKit.Architecture;

namespace FedHe.Orchestration.Tests;

public sealed class ArchitectureTests
{
    private static readonly Assembly Orchestration = typeof(FederationServer).Assembly;
    private static readonly IReadOnlyList<CodeReference> References = ArchitectureRules.ReferencesOf(Orchestration);

    [Fact]
    public void Server_ConstructorParameters_LeadToNoSecretKeyOrAuthority()
    {
        KeyReachability.FindPath(typeof(FederationServer)).Should().BeNull();
        KeyReachability.FindPath(typeof(FederationClient)).Should().NotBeNull("or the line above proves nothing");
    }

    [Fact]
    public void Server_StaticMembers_TakeNothingMoreThanItsConstructor()
        => typeof(FederationServer).GetMethod(nameof(FederationServer.Restore))!.GetParameters()
            .Select(parameter => parameter.ParameterType)
            .Should().Equal(typeof(FederationServerSetup), typeof(ReadOnlyMemory<byte>));

    [Fact]
    public void Server_Fields_HoldNoSecret()
        => typeof(FederationServer).GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .Should().NotContain(field => KeyReachability.Forbidden.Contains(field.FieldType.Name));

    [Fact]
    public async Task Server_OnTheInsecureScheme_RefusesUnlessTheOptionsSayIt()
    {
        using TestBench bench = await TestBench.CreateAsync();
        Action act = () => _ = new FederationServer(bench.ServerSetup with { Options = new FederationServerOptions() });

        act.Should().Throw<InsecureFederationException>().WithMessage("*AllowInsecurePlain*");
    }

    [Fact]
    public async Task Server_WithAMaskThatEncryptsNothing_RefusesUnlessTheOptionsSayIt()
    {
        using TestBench bench = await TestBench.CreateAsync(
            new BenchOptions { Scheme = "ckks", Mask = EncryptionMask.InsecureNone(TestModel.Layout) });
        Action act = () => _ = new FederationServer(bench.ServerSetup with { Options = new FederationServerOptions() });

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
        => ArchitectureRules.FedHeReferencesOf(Orchestration).Should().BeEquivalentTo("FedHe.Crypto", "FedHe.MLBridge");

    [Fact]
    public void Orchestration_NamesASchemeOnly_InItsUseMethods()
        => References
            .Where(use => use.Target.Namespace is "FedHe.Crypto.Ckks" or "FedHe.Crypto.Plain")
            .Select(use => use.Source).Distinct()
            .Should().Equal(typeof(FederationBuilderExtensions));

    [Fact]
    public void Orchestration_UsesNoAmbientStateTimerThreadOrUnsafeCode()
        => References
            .Where(use => ArchitectureRules.IsAmbient(use)
                || ArchitectureRules.IsUnsafe(use)
                || use.Target.FullName is "System.Threading.Thread" or "System.Threading.Timer" or "System.Threading.PeriodicTimer")
            .Should().BeEmpty();

    [Fact]
    public void StaticFields_OfOrchestration_AreReadOnly()
        => Orchestration.GetTypes()
            .Where(type => !type.Name.StartsWith('<'))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral && !field.IsInitOnly && !field.Name.StartsWith('<'))
            .Should().BeEmpty();

    [Fact]
    public void PublicSurface_OfOrchestration_IsTheCommittedOne()
        => PublicApi.ShouldBeTheCommittedOne(Orchestration, "FedHe.Orchestration.Tests");
}
