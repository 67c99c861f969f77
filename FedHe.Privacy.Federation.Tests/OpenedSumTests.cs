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
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Distribution;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>The noise in an opened sum has the variance that was promised, whatever protects the round keys, with dropouts and colluders.</summary>
/// <remarks>
/// The variance of 40,000 samples of Gaussian kind is within 5 % of the true one with 7 standard deviations, so the tests do not fail by chance.
/// </remarks>
public sealed class OpenedSumTests
{
    private const int Dimension = 40_000;
    private const int Clients = 5;
    private const double Tolerance = 0.05;

    private static readonly ModelLayout Layout = new(new TensorSpec("w", ElementType.Float64, [Dimension], bound: 1e6));
    private static readonly PrivacyBudget Budget = PrivacyBudget.ForClients(epsilon: 4, delta: 1e-5, clip: 1);

    public static TheoryData<string, NoiseMechanism, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, NoiseMechanism, int>();
            foreach (string scheme in (string[])["committee", "ckks", "ckks-exact", "paillier", "plain"])
            {
                cases.Add(scheme, NoiseMechanism.Skellam, 0);
            }

            cases.Add("committee", NoiseMechanism.DiscreteGaussian, 0);
            cases.Add("committee", NoiseMechanism.Skellam, 1);
            cases.Add("ckks-exact", NoiseMechanism.DiscreteGaussian, 1);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Noise_InTheOpenedSum_HasThePromisedVarianceOfItsContributors(string scheme, NoiseMechanism mechanism, int missing)
    {
        // Differences of zero leave the noise alone in the sum.
        (RoundResult round, UpdateTerms update, FederationClient client) = await RunAsync(scheme, mechanism, missing, move: 0);

        PrivacyTerms terms = update.Privacy!;
        int contributors = Clients - missing;
        double step = update.Integers!.Step;
        double[] sums = [.. round.Model!.Parameters.Get<double>("w").ToArray().Select(value => value * contributors / step)];
        double variance = sums.Sum(sum => sum * sum) / Dimension;
        double share = terms.Variance / (Clients - 1 - 1);

        variance.Should().BeApproximately(contributors * share, Tolerance * contributors * share);
        ((contributors - 1) * share).Should().BeGreaterThanOrEqualTo(terms.Variance * (1 - 1e-12), "a colluder's share may be known");
        sums.Should().OnlyContain(sum => Math.Abs(sum - Math.Round(sum)) < 1e-3, "the sum is one of integers");
        client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, contributors, 1));
    }

    [Fact]
    public async Task Difference_LongerThanTheClip_CountsAsLongAsTheClip()
    {
        (RoundResult round, UpdateTerms update, _) = await RunAsync("committee", NoiseMechanism.Skellam, missing: 0, move: 10);

        // Every client moved by 10 in every coordinate, which is 2000 clips.
        double mean = round.Model!.Parameters.Get<double>("w").ToArray().Average();
        double deviation = Math.Sqrt(5 * update.Privacy!.Variance / 3) * update.Integers!.Step / Clients / Math.Sqrt(Dimension);
        mean.Should().BeApproximately(1 / Math.Sqrt(Dimension), 7 * deviation);
    }

    [Fact]
    public async Task Budget_OfOneRound_IsAlmostSpentAfterIt()
    {
        (_, _, FederationClient client) = await RunAsync("plain", NoiseMechanism.Skellam, missing: 1, move: 0);

        client.Privacy!.Epsilon.Should().BeInRange(0.99 * Budget.Epsilon, Budget.Epsilon);
        client.Privacy.IsExhausted.Should().BeTrue();
    }

    private static async Task<(RoundResult Round, UpdateTerms Update, FederationClient Client)> RunAsync(
        string scheme, NoiseMechanism mechanism, int missing, double move)
    {
        using HeContext? context = ContextOf(scheme);
        UpdateTerms update = ClientPrivacyPlan.Create(Budget, mechanism, Dimension, sums: 1, contributors: Clients, dropouts: 1, colluders: 1);
        var last = new ClientId("hospital-5");
        var setup = new InProcessFederationSetup
        {
            Context = context,
            Terms = new AggregationTerms(Layout, Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 1, ClientsPerRound = Clients, Quorum = Clients - 1, MinimumContributors = Clients - 1 },
            InitialModel = ModelParameters.CreateBuilder(Layout).Set<double>("w", new double[Dimension]).Build(),
            Trainers = Enumerable.Range(1, Clients).ToDictionary(i => new ClientId($"hospital-{i}"), _ => (ILocalTrainer)new GradualTrainer(move)),
            Update = update,
            Privacy = new ClientPrivacy(Budget),
            Safety = new FederationSafety { AllowInsecure = true },
            Faults = message => missing > 0 && message.Kind == MessageKind.Upload && message.Client == last ? [] : [new Delivery(message.Bytes, TimeSpan.Zero)],
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        RoundResult? result = null;
        await foreach (RoundResult round in federation.RunAsync())
        {
            result = round;
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        return (result!, update, federation.Clients.First());
    }

    private static HeContext? ContextOf(string scheme) => scheme switch
    {
        "committee" => null,
        "ckks" => new CkksScheme().CreateContext(),
        "ckks-exact" => new CkksScheme().CreateContext(CkksParameters.ForExactIntegers(6, largestTotalWeight: 100)),
        "paillier" => new PaillierScheme().CreateContext(PaillierParameters.Create(largestTotalWeight: 100, precisionBits: 6, keyBits: 2048)),
        _ => new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default),
    };
}
