using FedHe.Crypto;
using FedHe.Crypto.Plain;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Transport;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Ledgers;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>What a provider promises, plans and refuses.</summary>
public sealed class ClientPrivacyTests
{
    private const int Dimension = 100;
    private static readonly PrivacyBudget Budget = PrivacyBudget.ForClients(epsilon: 8, delta: 1e-5, clip: 1);
    private static readonly ModelLayout Layout = new(new TensorSpec("w", ElementType.Float64, [Dimension], bound: 10));

    [Theory]
    [InlineData(NoiseMechanism.Skellam, 10)]
    [InlineData(NoiseMechanism.DiscreteGaussian, 10)]
    [InlineData(NoiseMechanism.Skellam, 1)]
    public void Plan_ForSomeSums_SpendsTheBudgetInThemAndNotInOneMore(NoiseMechanism mechanism, int sums)
    {
        UpdateTerms update = ClientPrivacyPlan.Create(Budget, mechanism, Dimension, sums, contributors: 6, dropouts: 1, colluders: 1);
        var releases = new SumReleases(update.Privacy!, update.Integers!, Dimension);
        PrivacyCharge[] charges = [.. Enumerable.Range(1, sums).Select(round => new PrivacyCharge(round, 5, 1))];

        update.Kind.Should().Be(UpdateKind.Difference);
        releases.EpsilonOf(charges).Should().BeInRange(0.99 * Budget.Epsilon, Budget.Epsilon);
        releases.EpsilonOf([.. charges, new PrivacyCharge(sums + 1, 5, 1)]).Should().BeGreaterThan(Budget.Epsilon);
        releases.EpsilonOf([.. charges[1..], new PrivacyCharge(1, 6, 1)]).Should().BeLessThan(releases.EpsilonOf(charges), "one contributor more adds noise");
        releases.EpsilonOf([]).Should().Be(0);
    }

    [Theory]
    [InlineData(4, 2, 2)]
    [InlineData(4, 4, 1)]
    [InlineData(4, 1, 0)]
    [InlineData(1, 0, 1)]
    [InlineData(4, -1, 1)]
    public void Plan_ThatLeavesNobodyOrReckonsWithNoColluder_IsRefusedByName(int contributors, int dropouts, int colluders)
    {
        Action plan = () => ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 1, contributors, dropouts, colluders);

        plan.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.PartiesOutOfRange);
    }

    [Fact]
    public void Plan_OrProviderForRecords_IsRefusedByName()
    {
        PrivacyBudget records = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, 8, 1e-5, 1);
        Action plan = () => ClientPrivacyPlan.Create(records, NoiseMechanism.Skellam, Dimension, 1, 4, 1, 1);
        Action provider = () => _ = new ClientPrivacy(records);

        plan.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.RecordFormMismatch);
        provider.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.RecordFormMismatch);
    }

    [Theory]
    [InlineData(8, 1e-5, 2, PrivacyError.ClipDiffers)]
    [InlineData(7, 1e-5, 1, PrivacyError.BudgetExceeded)]
    [InlineData(8, 1e-6, 1, PrivacyError.BudgetExceeded)]
    public async Task Job_ThatBreaksAClientsOwnPromise_IsRefusedByName(double epsilon, double delta, double clip, PrivacyError expected)
    {
        UpdateTerms update = ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 2, 4, 1, 1);
        Func<Task> create = () => CreateAsync(update, new ClientPrivacy(PrivacyBudget.ForClients(epsilon, delta, clip)));

        (await create.Should().ThrowAsync<PrivacyException>()).Which.Error.Should().Be(expected);
    }

    [Fact]
    public async Task Job_WhoseIntegersHaveNoRoomForTheNoise_IsRefusedByName()
    {
        UpdateTerms planned = ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 2, 4, 1, 1);
        var update = new UpdateTerms(UpdateKind.Difference, new IntegerTerms(planned.Integers!.Step, planned.Integers.Bound / 2), planned.Privacy);
        Func<Task> create = () => CreateAsync(update, new ClientPrivacy(Budget));

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.RangeTooSmall);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.MaxValue)]
    public void Mechanism_OfADifferenceWithoutAFiniteNorm_SendsZerosAndNoise(double value)
    {
        UpdateTerms update = ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 2, 4, 1, 1);
        var mechanism = new ClientPrivacyMechanism(update.Privacy!, update.Integers!, Dimension);
        var difference = new double[Dimension];
        difference.AsSpan(0, 9).Fill(value);
        var integers = new long[Dimension];

        mechanism.Privatize(difference, place: default, integers);

        difference.Should().OnlyContain(one => one == 0);
        integers.Should().OnlyContain(one => Math.Abs(one) <= update.Integers!.Bound).And.Contain(one => one != 0, "a client that stayed away would tell how its training ended");
    }

    [Fact]
    public void Mechanism_NeverExceedsTheBoundAndNeverRepeatsItsNoise()
    {
        UpdateTerms update = ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 2, 4, 1, 1);
        var mechanism = new ClientPrivacyMechanism(update.Privacy!, update.Integers!, Dimension);
        (long[] first, long[] second) = (new long[Dimension], new long[Dimension]);

        mechanism.Privatize(new double[Dimension], place: default, first);
        mechanism.Privatize(new double[Dimension], place: default, second);

        first.Should().NotEqual(second);
        first.Concat(second).Should().OnlyContain(value => Math.Abs(value) <= update.Integers!.Bound).And.Contain(value => value != 0);
    }

    [Fact]
    public async Task Accountant_OfAJob_HasTheEpsilonThatClientsCounted()
    {
        UpdateTerms update = ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 3, 4, 1, 1);
        using InProcessFederation federation = await CreateAsync(update, new ClientPrivacy(Budget));
        await foreach (RoundResult round in federation.RunAsync())
        {
            round.Report.IsAggregated.Should().BeTrue();
        }

        PrivacySpending spending = federation.Clients.First().Privacy!;
        PrivacyAccountant accountant = ClientPrivacy.AccountantOf(federation.Job, spending);

        accountant.Entries.Select(entry => entry.Purpose).Should().Equal("round 1, sum of 4 clients", "round 2, sum of 4 clients");
        accountant.SpentEpsilon.Should().BeApproximately(spending.Epsilon, 1e-9);
        spending.Epsilon.Should().BeInRange(0.1, Budget.Epsilon);
        federation.Clients.Should().AllSatisfy(client => client.Privacy!.Epsilon.Should().Be(spending.Epsilon));
    }

    private static async Task<InProcessFederation> CreateAsync(UpdateTerms update, ClientPrivacy privacy)
    {
        HeContext context = new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default);
        return await InProcessFederation.CreateAsync(new InProcessFederationSetup
        {
            Context = context,
            Terms = new AggregationTerms(Layout, Weighting.Clear, maxWeight: 1),
            Settings = new FederationSettings { Rounds = 2, ClientsPerRound = 4, Quorum = 3, MinimumContributors = 3 },
            InitialModel = ModelParameters.CreateBuilder(Layout).Set<double>("w", new double[Dimension]).Build(),
            Trainers = Enumerable.Range(1, 4).ToDictionary(i => new ClientId($"hospital-{i}"), _ => (ILocalTrainer)new GradualTrainer(0.01)),
            Update = update,
            Privacy = privacy,
            Safety = new FederationSafety { AllowInsecure = true },
        });
    }
}
