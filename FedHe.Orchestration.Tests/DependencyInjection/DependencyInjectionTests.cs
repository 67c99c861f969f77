using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Plain;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.Tests.DependencyInjection;

public sealed class DependencyInjectionTests
{
    [Fact]
    public void Services_WithCkks_MakeAllPartiesOfAJob()
    {
        var services = new ServiceCollection();
        services.AddFederation(options => options.SamplingSeed = 3).UseCkks().AuthenticateByRosterAlone();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        var factory = provider.GetRequiredService<FederationFactory>();
        using ClientIdentity first = ClientIdentity.Create(new ClientId("a"));
        using ClientIdentity second = ClientIdentity.Create(new ClientId("b"));
        ClientRoster roster = ClientRoster.Of([first, second]);
        using KeyAuthority authority = factory.CreateAuthority(Guid.NewGuid(), roster);
        var terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, 100);
        ModelParameters model = TestModel.Create(seed: 1);
        var job = new FederationJob(
            Guid.NewGuid(),
            authority.Info,
            factory.ServerKey,
            roster,
            terms,
            FederationJob.DigestOf(model),
            new FederationSettings { Rounds = 1, ClientsPerRound = 2, Quorum = 2, MinimumContributors = 2 });

        using var server = new FederationServer(factory.DescribeServer(job));

        server.Phase.Should().Be(ServerPhase.NotStarted);
        provider.GetRequiredService<IClientSampler>().Should().BeOfType<SeededClientSampler>();
        provider.GetRequiredService<HeContext>().ParametersId.Should().Be(CkksParameters.Aggregation.Id);
    }

    [Fact]
    public async Task Services_OfAJobWithACommittee_MakeAllItsParties()
    {
        var services = new ServiceCollection();
        services.AddFederation().AuthenticateByRosterAlone();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        var factory = provider.GetRequiredService<FederationFactory>();
        ClientIdentity[] identities = [.. new[] { "a", "b", "c", "d" }.Select(name => ClientIdentity.Create(new ClientId(name)))];
        ClientRoster roster = ClientRoster.Of(identities);
        var terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, 100);
        var settings = new FederationSettings { Rounds = 1, ClientsPerRound = 4, Quorum = 4 };
        ModelParameters model = TestModel.Create(seed: 1);
        var jobId = Guid.NewGuid();
        using GroupKeyAuthority authority = factory.CreateGroupKeyAuthority(jobId, FederationJob.PlanRoundKeys(settings, terms), roster);
        var job = new FederationJob(
            jobId, authority.Info, factory.ServerKey, roster, terms, FederationJob.DigestOf(model), settings, committee: factory.SettleKeys(4).TermsOf(roster.Clients));

        using var server = new FederationServer(factory.DescribeServer(job));
        using var request = new KeyRequest(job, identities[0]);
        using ClientKeys keys = factory.OpenKeys(request, (await authority.HandleAsync(request.Bytes)).Answer);
        using var client = new FederationClient(factory.DescribeClient(job, identities[0], keys, new FakeTrainer(0.5, 10), model));

        client.Plan.Should().BeEquivalentTo(server.Plan);
        Array.ForEach(identities, identity => identity.Dispose());
    }

    [Fact]
    public void Authority_WithoutANamedAuthenticator_IsNotMade()
    {
        var services = new ServiceCollection();
        services.AddFederation().UseCkks();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        using ClientIdentity first = ClientIdentity.Create(new ClientId("a"));

        Action act = () => provider.GetRequiredService<FederationFactory>().CreateAuthority(Guid.NewGuid(), ClientRoster.Of([first]));

        act.Should().Throw<InvalidOperationException>().WithMessage("*AuthenticateByRosterAlone*");
    }

    [Fact]
    public void Services_WithAStoredServerIdentity_KeepIt()
    {
        using var stored = ServerIdentity.Create();
        var services = new ServiceCollection();
        services.AddSingleton(stored).AddFederation().UseCkks();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);

        provider.GetRequiredService<FederationFactory>().ServerKey.Should().Be(stored.VerificationKey);
    }

    [Fact]
    public void Services_WithExactCkks_UseParametersForExactIntegers()
    {
        var services = new ServiceCollection();
        services.AddFederation().UseExactCkks(precisionBits: 16, largestTotalWeight: 100);
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);

        provider.GetRequiredService<HeContext>().ParametersId.Should().Be(CkksParameters.ForExactIntegers(16, 100).Id);
    }

    [Fact]
    public void Services_WithPaillier_UseItsParameters()
    {
        var services = new ServiceCollection();
        services.AddFederation().UsePaillier(PaillierParameters.Create(largestTotalWeight: 100, precisionBits: 16));
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);

        provider.GetRequiredService<HeContext>().ParametersId.Should().Be(PaillierParameters.Create(100, 16).Id);
    }

    [Fact]
    public void Services_WithAnyScheme_UseItsParameters()
    {
        var services = new ServiceCollection();
        services.AddFederation().UseScheme(new CkksScheme(), CkksParameters.PaperDefault);
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);

        provider.GetRequiredService<HeContext>().ParametersId.Should().Be(CkksParameters.PaperDefault.Id);
    }

    [Fact]
    public void Options_AnySchemeThatProtectsNothing_AreRefusedAtTheStart()
    {
        var services = new ServiceCollection();
        services.AddFederation().UseScheme(new InsecurePlainScheme());
        using ServiceProvider provider = services.BuildServiceProvider();

        FluentActions.Invoking(() => provider.GetRequiredService<IStartupValidator>().Validate())
            .Should().Throw<OptionsValidationException>().WithMessage("*UseInsecurePlain*");
    }

    [Fact]
    public void Options_WithoutAScheme_MeanCommitteesAndNoKeyThatClientsShare()
    {
        var services = new ServiceCollection();
        services.AddFederation().AuthenticateByRosterAlone();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);
        provider.GetRequiredService<IStartupValidator>().Validate();
        var factory = provider.GetRequiredService<FederationFactory>();
        using ClientIdentity first = ClientIdentity.Create(new ClientId("a"));

        factory.SettleKeys(4).IsCommittee.Should().BeTrue();
        factory.Invoking(one => one.CreateAuthority(Guid.NewGuid(), ClientRoster.Of([first]))).Should().Throw<InvalidOperationException>().WithMessage("*UseCkks*");
        provider.Invoking(one => one.GetService<HeContext>()).Should().Throw<InvalidOperationException>().WithMessage("*UseCkks*");
    }

    [Fact]
    public void Services_WithAScheme_SettleOnTheKeyOfAnAuthority()
    {
        var services = new ServiceCollection();
        services.AddFederation().UsePaillier();
        using ServiceProvider provider = services.BuildServiceProvider(validateScopes: true);

        KeyPlan plan = provider.GetRequiredService<FederationFactory>().SettleKeys(5);

        (plan.IsCommittee, plan.Reason).Should().Match<(bool IsCommittee, string Reason)>(
            one => !one.IsCommittee && one.Reason.Contains("'paillier' was asked for", StringComparison.Ordinal));
    }

    [Fact]
    public void Options_WithAnAuthoritysKeyAndNoScheme_AreRefusedAtTheStart()
        => ShouldFailAtStart(options => options.Keys = KeyManagement.Authority, "*UseCkks*");

    [Fact]
    public void Options_WithCommitteesAndAScheme_AreRefusedAtTheStart()
        => ShouldFailAtStart(options => (options.Keys, options.Scheme) = (KeyManagement.Committee(5), new CkksScheme()), "*Leave one of the two out*");

    [Fact]
    public void Options_InsecureSchemeWithoutSayingSo_AreRefusedAtTheStart()
        => ShouldFailAtStart(options => options.Scheme = new InsecurePlainScheme(), "*UseInsecurePlain*");

    [Fact]
    public void Options_SchemeAndParametersThatDiffer_AreRefusedAtTheStart()
        => ShouldFailAtStart(
            options => (options.Scheme, options.Parameters) = (new CkksScheme(), InsecurePlainParameters.Default), "*belong to the scheme*");

    [Fact]
    public void Options_MessageLimitOutOfRange_AreRefusedAtTheStart()
        => ShouldFailAtStart(options => (options.Scheme, options.Safety) = (new CkksScheme(), new FederationSafety { MaxMessageBytes = 0 }), "*MaxMessageBytes*");

    [Fact]
    public void Services_UsingInsecurePlain_SayItInTheirName()
    {
        var services = new ServiceCollection();
        services.AddFederation().UseInsecurePlain();
        using ServiceProvider provider = services.BuildServiceProvider();

        provider.GetRequiredService<IStartupValidator>().Validate();

        provider.GetRequiredService<IOptions<FederationOptions>>().Value.Safety.AllowInsecure.Should().BeTrue();
    }

    private static void ShouldFailAtStart(Action<FederationOptions> configure, string message)
    {
        var services = new ServiceCollection();
        services.AddFederation(configure);
        using ServiceProvider provider = services.BuildServiceProvider();

        Action start = () => provider.GetRequiredService<IStartupValidator>().Validate();

        start.Should().Throw<OptionsValidationException>().WithMessage(message);
    }
}
