using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Plain;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Transport;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>A federation of server, clients and encryption in one process, whose model is one tensor that starts at zero.</summary>
internal static class SmallFederation
{
    public static ModelLayout LayoutOf(int dimension) => new(new TensorSpec("w", ElementType.Float64, [dimension], bound: 1e6));

    /// <summary>Prepares a federation.</summary>
    /// <param name="context">The context of the scheme, or null for a committee.</param>
    /// <param name="update">The update terms.</param>
    /// <param name="privacy">The provider of every client.</param>
    /// <param name="trainers">The trainers.</param>
    /// <param name="smallest">The quorum, which is the smallest number of contributors.</param>
    /// <param name="missing">Whether the upload of the last client is lost.</param>
    public static InProcessFederationSetup Setup(
        HeContext? context, UpdateTerms update, IPrivacyProvider privacy, ILocalTrainer[] trainers, int dimension, int smallest, bool missing = false)
    {
        var last = new ClientId($"hospital-{trainers.Length}");
        ModelLayout layout = LayoutOf(dimension);
        return new InProcessFederationSetup
        {
            Context = context,
            Terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 1, ClientsPerRound = trainers.Length, Quorum = smallest, MinimumContributors = smallest },
            InitialModel = ModelParameters.CreateBuilder(layout).Set<double>("w", new double[dimension]).Build(),
            Trainers = Enumerable.Range(1, trainers.Length).ToDictionary(i => new ClientId($"hospital-{i}"), i => trainers[i - 1]),
            Update = update,
            Privacy = privacy,
            Safety = new FederationSafety { AllowInsecure = true },
            Faults = message => missing && message.Kind == MessageKind.Upload && message.Client == last ? [] : [new Delivery(message.Bytes, TimeSpan.Zero)],
        };
    }

    /// <summary>Runs a federation to its end.</summary>
    /// <returns>The values of the last model, the job and what the first client spent.</returns>
    public static async Task<(double[] Model, FederationJob Job, PrivacySpending Spending)> RunAsync(InProcessFederationSetup setup)
    {
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        RoundResult? result = null;
        await foreach (RoundResult round in federation.RunAsync())
        {
            result = round;
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        return (result!.Model!.Parameters.Get<double>("w").ToArray(), federation.Job, federation.Clients.First().Privacy!);
    }

    public static HeContext? ContextOf(string scheme) => scheme switch
    {
        "committee" => null,
        "ckks" => new CkksScheme().CreateContext(),
        "ckks-exact" => new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(6, largestTotalWeight: 100)),
        "paillier" => new PaillierScheme().CreateContext(PaillierParameters.Create(largestTotalWeight: 100, precisionBits: 6, keyBits: 2048)),
        _ => new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default),
    };
}
