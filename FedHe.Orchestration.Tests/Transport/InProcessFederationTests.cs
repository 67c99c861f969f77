using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Transport;

public sealed class InProcessFederationTests
{
    [Theory]
    [InlineData("plain", Weighting.Clear, VectorForm.Seeded)]
    [InlineData("plain", Weighting.Hidden, VectorForm.Seeded)]
    [InlineData("ckks", Weighting.Clear, VectorForm.Seeded)]
    [InlineData("ckks", Weighting.Clear, VectorForm.Full)]
    [InlineData("ckks", Weighting.Hidden, VectorForm.Seeded)]
    [InlineData("ckks-exact", Weighting.Clear, VectorForm.Seeded)]
    [InlineData("ckks-exact", Weighting.Hidden, VectorForm.Seeded)]
    [InlineData("ckks-exact-public", Weighting.Clear, VectorForm.Full)]
    public async Task Federation_WholeJob_GivesTheWeightedAverageWithinThePromisedBound(
        string scheme, Weighting weighting, VectorForm form)
    {
        using HeContext context = Schemes.Create(scheme);
        var trainers = Trainers(5);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            Setup(context, trainers, weighting) with { UploadForm = form });

        var outcomes = new List<RoundResult>();
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            outcomes.Add(outcome);
            double[] expected = TestModel.Average(ResultsOf(trainers, outcome.Report.Round), maxWeight: 100);
            double[] actual = TestModel.Flat(outcome.Model!.Parameters);
            for (int i = 0; i < expected.Length; i++)
            {
                actual[i].Should().BeApproximately(expected[i], outcome.Model.MaxErrorBound);
            }
        }

        outcomes.Select(outcome => outcome.Report.Round).Should().Equal(1, 2, 3);
        federation.Outcome.Should().Be(FederationOutcome.Completed);
        federation.Failures.Should().BeEmpty();
    }

    internal static Dictionary<ClientId, ILocalTrainer> Trainers(int count)
        => Enumerable.Range(1, count).ToDictionary(
            i => new ClientId($"hospital-{i}"), ILocalTrainer (i) => new FakeTrainer(0.1 * i, samples: 30 * i));

    internal static InProcessFederationSetup Setup(
        HeContext context, Dictionary<ClientId, ILocalTrainer> trainers, Weighting weighting = Weighting.Clear) => new()
        {
            Context = context,
            Terms = new AggregationTerms(TestModel.Layout, EncryptionMask.All(TestModel.Layout), weighting, maxWeight: 100),
            Settings = new FederationSettings { Rounds = 3, ClientsPerRound = trainers.Count, Quorum = 2, MinimumContributors = 2 },
            InitialModel = TestModel.Create(seed: 1),
            Trainers = trainers,
            Sampler = new SeededClientSampler(seed: 7),
            Safety = new FederationSafety { AllowInsecure = true },
        };

    private static IEnumerable<TrainedModel> ResultsOf(Dictionary<ClientId, ILocalTrainer> trainers, int round)
        => trainers.Values.Cast<FakeTrainer>()
            .SelectMany(trainer => trainer.Results.Where(result => result.Task.Round == round).Select(result => result.Result));
}
