using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Transport;

/// <summary>A federation within one process shares no key among its clients unless its setup names the scheme of one.</summary>
public sealed class InProcessKeysTests
{
    [Theory]
    [InlineData(4, 4)]
    [InlineData(9, 7)]
    public async Task Setup_ThatSaysNothing_HasACommittee(int clients, int members)
    {
        var trainers = InProcessFederationTests.Trainers(clients);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(trainers));

        await foreach (RoundResult round in federation.RunAsync())
        {
            double[] expected = TestModel.Average(
                trainers.Values.Cast<FakeTrainer>().SelectMany(trainer => trainer.Results.Where(result => result.Task.Round == round.Report.Round).Select(result => result.Result)),
                round.Report.ReferenceWeight!.Value);
            TestModel.Flat(round.Model!.Parameters).Zip(expected, (actual, wanted) => Math.Abs(actual - wanted)).Should().OnlyContain(error => error <= round.Model.MaxErrorBound);
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        federation.Job.Committee!.Members.Should().HaveCount(members);
        federation.Keys!.IsDrawn.Should().Be(members < clients);
        federation.Clients.Should().OnlyContain(client => client.Release == ModelRelease.MayBePublished);
    }

    [Fact]
    public async Task Setup_OfMoreThanSevenClients_DrawsOtherMembersEveryTime()
    {
        var drawn = new HashSet<string>();
        for (int i = 0; i < 8; i++)
        {
            using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(InProcessFederationTests.Trainers(12)));
            drawn.Add(string.Join(' ', federation.Job.Committee!.Members));
        }

        drawn.Should().HaveCountGreaterThan(1, "of 792 committees the same one comes eight times with a probability of 2^-67");
    }

    [Fact]
    public async Task Setup_WithANumberOfMembers_DrawsThem()
    {
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            Setup(InProcessFederationTests.Trainers(6)) with { Keys = KeyManagement.Committee(5, 1) });

        (federation.Job.Committee!.Members.Length, federation.Job.Committee.Corrupt, federation.Keys!.IsDrawn).Should().Be((5, 1, true));
    }

    [Fact]
    public async Task Setup_WithAContext_HasTheKeyOfItsSchemeAndSaysSo()
    {
        using HeContext context = Schemes.Create("ckks");
        InProcessFederationSetup setup = Setup(InProcessFederationTests.Trainers(5)) with { Context = context };
        using InProcessFederation asked = await InProcessFederation.CreateAsync(setup);
        using InProcessFederation named = await InProcessFederation.CreateAsync(setup with { Keys = KeyManagement.Authority });

        (asked.Job.Committee, named.Job.Committee).Should().Be((null, null));
        asked.Keys!.Reason.Should().Contain("the scheme 'ckks' was asked for");
        named.Keys!.Reason.Should().Contain("that was asked for");
    }

    [Fact]
    public async Task Setup_ThatCannotHold_IsRefusedByName()
    {
        using HeContext context = Schemes.Create("ckks");
        InProcessFederationSetup five = Setup(InProcessFederationTests.Trainers(5));

        await ShouldBeRefusedAsync(Setup(InProcessFederationTests.Trainers(3)), "*the roster has 3 clients*give the setup a context*");
        await ShouldBeRefusedAsync(five with { Protection = JobProtection.Direct }, "*the direct mode has none*give the setup a context*");
        await ShouldBeRefusedAsync(five with { Keys = KeyManagement.Authority }, "*give the setup a context*");
        await ShouldBeRefusedAsync(five with { Keys = KeyManagement.Committee(6) }, "*6 members or more*5 clients*");
        await ShouldBeRefusedAsync(five with { Keys = KeyManagement.Committee(), Context = context }, "*the scheme 'ckks' was asked for*");
        await ShouldBeRefusedAsync(five with { Keys = KeyManagement.Committee(), Committee = CommitteeTerms.OfAll }, "*Leave one of the two out*");
        await ShouldBeRefusedAsync(five with { Context = context, Committee = CommitteeTerms.OfAll }, "*not both*");
    }

    private static async Task ShouldBeRefusedAsync(InProcessFederationSetup setup, string message)
        => await FluentActions.Awaiting(() => InProcessFederation.CreateAsync(setup)).Should().ThrowAsync<ArgumentException>().WithMessage(message);

    private static InProcessFederationSetup Setup(Dictionary<ClientId, ILocalTrainer> trainers) => new()
    {
        Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, maxWeight: 1000),
        Settings = new FederationSettings { Rounds = 2, ClientsPerRound = trainers.Count, Quorum = 3 },
        InitialModel = TestModel.Create(seed: 1),
        Trainers = trainers,
    };
}
