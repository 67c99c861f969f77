using System.Buffers;
using System.Diagnostics.Metrics;
using FedHe.Crypto;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Diagnostics;
using FedHe.Orchestration.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.Tests.DependencyInjection;

public sealed class NamedFederationTests
{
    private static readonly PaillierParameters Lung = PaillierParameters.Create(largestTotalWeight: 100, precisionBits: 16);

    [Fact]
    public void Federations_OfTwoSchemesInOneHost_KeepWhatIsTheirs()
    {
        var services = new ServiceCollection();
        services.AddFederation("heart", options => options.SamplingSeed = 3).UseCkks(CkksParameters.PaperDefault);
        services.AddFederation("lung", options => options.Safety = new FederationSafety { MaxMessageBytes = 5000 }).UsePaillier(Lung);
        services.AddFederation().UseCkks();
        using ServiceProvider provider = services.BuildServiceProvider(
            new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        provider.GetRequiredService<IStartupValidator>().Validate();

        FederationFactory heart = provider.GetRequiredKeyedService<FederationFactory>("heart");
        FederationFactory lung = provider.GetRequiredKeyedService<FederationFactory>("lung");
        var unnamed = provider.GetRequiredService<FederationFactory>();

        new[] { heart.Name, lung.Name, unnamed.Name }.Should().Equal("heart", "lung", null);
        new[] { heart.ServerKey, lung.ServerKey, unnamed.ServerKey }.Should().OnlyHaveUniqueItems();
        provider.GetRequiredKeyedService<FederationFactory>("heart").Should().BeSameAs(heart);
        provider.GetRequiredKeyedService<HeContext>("heart").ParametersId.Should().Be(CkksParameters.PaperDefault.Id);
        provider.GetRequiredKeyedService<HeContext>("lung").ParametersId.Should().Be(Lung.Id);
        provider.GetRequiredService<HeContext>().ParametersId.Should().Be(CkksParameters.Aggregation.Id);
        provider.GetRequiredKeyedService<IClientSampler>("heart").Should().BeOfType<SeededClientSampler>();
        provider.GetRequiredKeyedService<IClientSampler>("lung").Should().BeOfType<SecureClientSampler>();
        provider.GetRequiredService<IClientSampler>().Should().BeOfType<SecureClientSampler>();
    }

    [Fact]
    public void Federation_Named_MakesAuthoritiesOfItsOwnParameters()
    {
        var services = new ServiceCollection();
        services.AddFederation("heart").UseCkks().AuthenticateByRosterAlone();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        using ClientIdentity client = ClientIdentity.Create(new ClientId("a"));

        using KeyAuthority authority = provider.GetRequiredKeyedService<FederationFactory>("heart")
            .CreateAuthority(Guid.NewGuid(), ClientRoster.Of([client]));

        authority.Info.ParametersId.Should().Be(CkksParameters.Aggregation.Id);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("heart")]
    public async Task Federation_InAContainerWithAMeterFactory_GivesItToEveryParty(string? name)
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var meters = new MeasuredFactory();
        var services = new ServiceCollection();
        services.AddSingleton<IMeterFactory>(meters);
        (name is null ? services.AddFederation() : services.AddFederation(name)).UseCkks().AuthenticateByRosterAlone();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        FederationFactory factory = name is null
            ? provider.GetRequiredService<FederationFactory>() : provider.GetRequiredKeyedService<FederationFactory>(name);

        factory.DescribeServer(bench.Job).MeterFactory.Should().BeSameAs(meters);
        factory.DescribeClient(bench.Job, bench.Identities[0], bench.Keys[0], bench.Trainers[0], bench.InitialModel)
            .MeterFactory.Should().BeSameAs(meters);
        using KeyAuthority authority = factory.CreateAuthority(bench.JobId, bench.Roster);
        var saved = new ArrayBufferWriter<byte>();
        authority.Save(saved, "correct horse battery staple");
        using var protector = new PasswordProtector("correct horse battery staple");
        using KeyAuthority loaded = factory.LoadAuthority(saved.WrittenSpan, protector, bench.Roster);
        await authority.HandleAsync(new byte[10]);
        await loaded.HandleAsync(new byte[10]);

        meters.Measured.Select(one => one.Name).Should().Equal("fedhe.key.requests", "fedhe.key.requests");
    }

    [Fact]
    public void Federation_Named_TakesNoAuthenticatorOfAnotherOne()
    {
        var services = new ServiceCollection();
        services.AddFederation("heart").UseCkks();
        services.AddFederation("lung").UseCkks().AuthenticateByRosterAlone();
        services.AddFederation().UseCkks().AuthenticateByRosterAlone();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        using ClientIdentity client = ClientIdentity.Create(new ClientId("a"));

        Action act = () => provider.GetRequiredKeyedService<FederationFactory>("heart")
            .CreateAuthority(Guid.NewGuid(), ClientRoster.Of([client]));

        act.Should().Throw<InvalidOperationException>().WithMessage("*IClientAuthenticator with the key 'heart'*");
    }

    [Fact]
    public void Federation_NamedWithAStoredIdentity_KeepsIt()
    {
        using var stored = ServerIdentity.Create();
        var services = new ServiceCollection();
        services.AddKeyedSingleton("heart", stored).AddFederation("heart").UseCkks();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);

        provider.GetRequiredKeyedService<FederationFactory>("heart").ServerKey.Should().Be(stored.VerificationKey);
    }

    [Fact]
    public void Federation_NamedWithAnAuthoritysKeyAndNoScheme_IsRefusedAtTheStartByItsName()
    {
        var services = new ServiceCollection();
        services.AddFederation("heart", options => options.Keys = KeyManagement.Authority);
        services.AddFederation().UseCkks();

        ShouldFailAtStart(services, "Federation 'heart': An authority's key was chosen, and no scheme*");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("heart")]
    public void Federation_WithTwoSchemes_IsRefusedAtTheStart(string? name)
    {
        var services = new ServiceCollection();
        (name is null ? services.AddFederation() : services.AddFederation(name)).UseCkks();
        (name is null ? services.AddFederation() : services.AddFederation(name)).UsePaillier(Lung);

        ShouldFailAtStart(services, "*Several schemes were chosen: ckks, paillier*AddFederation(name)*");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void Federation_WithAnEmptyName_IsRefused(string name)
        => FluentActions.Invoking(() => new ServiceCollection().AddFederation(name)).Should().Throw<ArgumentException>();

    private static void ShouldFailAtStart(ServiceCollection services, string message)
    {
        using ServiceProvider provider = services.BuildServiceProvider();

        Action start = () => provider.GetRequiredService<IStartupValidator>().Validate();

        start.Should().Throw<OptionsValidationException>().WithMessage(message);
    }
}
