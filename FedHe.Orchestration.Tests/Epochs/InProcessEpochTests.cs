using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>Clients join and leave a federation within one process between two rounds.</summary>
public sealed class InProcessEpochTests
{
    [Fact]
    public async Task Federation_WithClientsThatJoinAndLeave_GoesOnWithTheSameJob()
    {
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(clients: 6));
        var joining = new Dictionary<ClientId, ILocalTrainer> { [new ClientId("hospital-7")] = new FakeTrainer(0.7, samples: 70) };
        var rounds = new List<RoundResult>();

        await foreach (RoundResult round in federation.RunAsync())
        {
            rounds.Add(round);
            if (round.Report.Round == 1)
            {
                federation.PlanEpoch(joining, leaving: [new ClientId("hospital-2")], retiring: [new ClientId("hospital-1")]);
            }
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        federation.EpochNumber.Should().Be(2);
        federation.Failures.Should().BeEmpty();
        federation.Clients.Should().HaveCount(7);
        FederationClient leaver = federation.Clients.Single(client => client.Client.Value == "hospital-2");
        leaver.Outcome.Should().Be(FederationOutcome.Left);
        FederationClient[] staying = [.. federation.Clients.Where(client => client != leaver)];
        staying.Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed && client.ModelRound == 5);
        staying.Should().AllSatisfy(client => TestModel.Flat(client.GlobalModel).Should().Equal(TestModel.Flat(staying[0].GlobalModel)));
        rounds[^1].Report.Contributions.Select(contribution => contribution.Client.Value).Should()
            .Contain("hospital-7").And.NotContain("hospital-2").And.Contain("hospital-1", "a retired client still contributes");
        staying[0].Job.Committee!.Members.Select(member => member.Value).Should().NotContain(["hospital-1", "hospital-2"]);
    }

    [Fact]
    public async Task Plan_OfAJobWithoutACommittee_OrThatBringsAClientBack_IsRefused()
    {
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(clients: 4));

        federation.Invoking(one => one.PlanEpoch(leaving: [new ClientId("hospital-1")])).Should()
            .Throw<EpochRefusedException>().Which.Error.Should().Be(EpochError.TooFewMembers);
        federation.Invoking(one => one.PlanEpoch(new Dictionary<ClientId, ILocalTrainer> { [new ClientId("hospital-1")] = new FakeTrainer(1, 1) }))
            .Should().Throw<ArgumentException>().WithParameterName("joining");
        using FedHe.Crypto.HeContext context = Schemes.Create("plain");
        using InProcessFederation withKeys = await InProcessFederation.CreateAsync(Setup(clients: 4) with
        {
            Context = context,
            Committee = null,
            Safety = new FederationSafety { AllowInsecure = true },
        });
        withKeys.Invoking(one => one.PlanEpoch()).Should().Throw<EpochRefusedException>().Which.Error.Should().Be(EpochError.NoCommittee);
    }

    private static InProcessFederationSetup Setup(int clients) => new()
    {
        Committee = roster => new CommitteeTerms(roster.Clients.Take(4), keyExchange: KeyExchange.P256),
        Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), Weighting.Clear, maxWeight: 100),
        Settings = new FederationSettings { Rounds = 5, ClientsPerRound = clients, Quorum = 3, MinimumContributors = 2 },
        InitialModel = TestModel.Create(seed: 1),
        Trainers = Enumerable.Range(1, clients).ToDictionary(
            i => new ClientId($"hospital-{i}"), ILocalTrainer (i) => new FakeTrainer(0.1 * i, samples: 10 * i)),
        Sampler = new SeededClientSampler(seed: 7),
    };
}
