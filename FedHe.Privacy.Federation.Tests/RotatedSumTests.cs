using FedHe.Crypto;
using FedHe.MLBridge.Integers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Transport;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Rounding;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>Differences that are rotated before rounding give the same noise in the opened sum with fewer bits, and one model at all clients.</summary>
/// <remarks>
/// The variance of 40,000 samples of Gaussian kind is within 5 % of the true one with 7 standard deviations, so the tests do not fail by chance.
/// </remarks>
public sealed class RotatedSumTests
{
    private const int Dimension = 40_000;
    private const int Rotated = 65_536;
    private const int Clients = 5;
    private const double Tolerance = 0.05;

    private static readonly PrivacyBudget Budget = PrivacyBudget.ForClients(epsilon: 4, delta: 1e-5, clip: 1);

    [Theory]
    [InlineData("committee", NoiseMechanism.Skellam, 0)]
    [InlineData("committee", NoiseMechanism.Skellam, 1)]
    [InlineData("committee", NoiseMechanism.DiscreteGaussian, 0)]
    [InlineData("ckks", NoiseMechanism.Skellam, 0)]
    [InlineData("ckks-exact", NoiseMechanism.DiscreteGaussian, 1)]
    [InlineData("paillier", NoiseMechanism.Skellam, 0)]
    [InlineData("plain", NoiseMechanism.Skellam, 0)]
    public async Task Noise_OfARotatedSum_HasThePromisedVarianceInEveryModel(string scheme, NoiseMechanism mechanism, int missing)
    {
        // Differences of zero leave the noise alone in the sum, and a rotation leaves its variance.
        (double[][] models, UpdateTerms update, PrivacySpending spending) = await RunAsync(scheme, mechanism, missing, move: 0);

        int contributors = Clients - missing;
        double share = update.Privacy!.Variance / (Clients - 1 - 1);
        double variance = models[0].Sum(value => Math.Pow(value * contributors / update.Integers!.Step, 2)) / Dimension;
        variance.Should().BeApproximately(contributors * share, Tolerance * contributors * share);
        models.Should().AllSatisfy(model => model.Should().Equal(models[0], "bit for bit"));
        spending.Charges.Should().Equal(new PrivacyCharge(1, contributors, 1));
        spending.Epsilon.Should().BeInRange((missing > 0 ? 0.99 : 0.8) * Budget.Epsilon, Budget.Epsilon);
    }

    [Fact]
    public async Task Difference_LongerThanTheClip_CountsAsLongAsTheClipBehindTheRotation()
    {
        (double[][] models, UpdateTerms update, _) = await RunAsync("plain", NoiseMechanism.Skellam, missing: 0, move: 10);

        // Every client moved by 10 in every coordinate, which is 2000 clips.
        double deviation = Math.Sqrt(5 * update.Privacy!.Variance / 3) * update.Integers!.Step / Clients / Math.Sqrt(Dimension);
        models[0].Average().Should().BeApproximately(1 / Math.Sqrt(Dimension), 7 * deviation);
    }

    [Fact]
    public void Rounded_ADifferenceOfOneLargeValue_FitsFewerBitsAndComesBack()
    {
        // Many clients, each of whose shares is small.
        UpdateTerms plain = Plan(contributors: 4000, rotation: null);
        UpdateTerms update = Plan(contributors: 4000, ClientPrivacyPlan.UsualRotation);
        update.Integers!.Step.Should().Be(plain.Integers!.Step);
        update.Integers.Bound.Should().BeLessThan(plain.Integers.Bound / 2);
        var mechanism = new ClientPrivacyMechanism(update.Privacy!, update.Integers, Dimension);
        var place = new DifferencePlace(1, 1, Crypto.Identities.Digest.Compute("seed"u8));
        var sums = new double[Rotated];
        const int Count = 40;
        for (int client = 0; client < Count; client++)
        {
            var difference = new double[Dimension];
            difference[17] = 1;
            var integers = new long[Rotated];
            mechanism.Privatize(difference, place, integers);
            integers.Should().OnlyContain(value => Math.Abs(value) <= update.Integers.Bound);
            for (int i = 0; i < Rotated; i++)
            {
                sums[i] += integers[i];
            }
        }

        mechanism.RotateBack(sums, place);

        double deviation = Math.Sqrt(update.Privacy!.Variance / (4000 - 2) / Count) * update.Integers.Step;
        (sums[17] * update.Integers.Step / Count).Should().BeApproximately(1, 7 * deviation);
        (sums[18] * update.Integers.Step / Count).Should().BeApproximately(0, 7 * deviation);
    }

    [Fact]
    public void Difference_ThatIsChosenByTheSeed_IsMovedIntoItsRangeBeforeNoiseAndNotAfter()
    {
        UpdateTerms update = Plan(contributors: 4000, ClientPrivacyPlan.UsualRotation);
        var mechanism = new ClientPrivacyMechanism(update.Privacy!, update.Integers!, Dimension);
        var releases = new SumReleases(update.Privacy!, update.Integers!, Dimension);
        var place = new DifferencePlace(1, 1, Crypto.Identities.Digest.Compute("seed"u8));
        var unit = new double[Rotated];
        unit[3] = 1;
        mechanism.RotateBack(unit, place);
        long[] coordinate = [.. Enumerable.Range(0, 50).Select(_ =>
        {
            var integers = new long[Rotated];
            mechanism.Privatize(unit.AsSpan(0, Dimension).ToArray(), place, integers);
            return integers[3];
        })];

        // The noise of a value at the bound would be gone.
        double deviation = Math.Sqrt(releases.Sharing.ShareVariance);
        coordinate.Average().Should().BeApproximately(releases.LargestBeforeNoise, 7 * deviation / Math.Sqrt(coordinate.Length));
        coordinate.Should().OnlyContain(value => value < update.Integers!.Bound);
        coordinate.Distinct().Should().HaveCountGreaterThan(10);
    }

    [Fact]
    public void Plan_WithARotation_HasTheTailOfRotatedCoordinatesAndTheNormOfAllOfThem()
    {
        UpdateTerms update = Plan(Clients, ClientPrivacyPlan.UsualRotation);
        var releases = new SumReleases(update.Privacy!, update.Integers!, Dimension);
        double clip = Budget.Clip / update.Integers!.Step;

        // One less for the rounding, one less for the next integer.
        WrapAround.OfRotated(clip, releases.LargestBeforeNoise - 1, Rotated).Should().BeLessThanOrEqualTo(ClientPrivacyPlan.UsualRotation.TailProbability);
        WrapAround.OfRotated(clip, releases.LargestBeforeNoise - 2, Rotated).Should().BeGreaterThan(ClientPrivacyPlan.UsualRotation.TailProbability);
        SumReleases.SensitivityOf(update.Privacy!, update.Integers.Step, Rotated).Two.Should()
            .BeGreaterThan(SumReleases.SensitivityOf(update.Privacy! with { Rotation = null }, update.Integers.Step, Dimension).Two);
        releases.EpsilonOf([new PrivacyCharge(1, Clients - 1, 1)]).Should().BeInRange(0.99 * Budget.Epsilon, Budget.Epsilon);
        releases.EpsilonOf([new PrivacyCharge(1, Clients - 1, 2)]).Should().BeGreaterThan(Budget.Epsilon);
    }

    [Theory]
    [InlineData(65_536, 4000, true)]
    [InlineData(65_537, 4000, false)]
    [InlineData(65_536, 4, false)]
    public void Saving_OfARotation_SaysWhetherPaddingCostsMore(int dimension, int contributors, bool expected)
    {
        RotationSaving saving = RotationSaving.Of(Budget, NoiseMechanism.Skellam, dimension, sums: 1, contributors, dropouts: 1, colluders: 1);

        saving.Integers.Should().Be(dimension);
        saving.RotatedIntegers.Should().Be(dimension == 65_536 ? 65_536 : 131_072);
        saving.IsWorthwhile.Should().Be(expected);
        saving.BitsPerValue.Should().Be(contributors == 4 ? 0 : 3);
    }

    [Fact]
    public async Task Job_WhoseIntegersHaveNoRoomForTheRotatedTail_IsRefusedByName()
    {
        UpdateTerms planned = Plan(Clients, ClientPrivacyPlan.UsualRotation);
        var update = new UpdateTerms(UpdateKind.Difference, new IntegerTerms(planned.Integers!.Step, planned.Integers.Bound / 2), planned.Privacy);
        Func<Task> create = () => InProcessFederation.CreateAsync(Setup(null, update, missing: 0, move: 0));

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.RangeTooSmall);
    }

    [Fact]
    public void Rotation_OfJobsAndOfTheLibrary_HaveTheSameLargestLength() => RotationTerms.LargestLength.Should().Be(RandomizedRotation.LargestDimension);

    [Fact]
    public void Plan_OfMoreValuesThanCanBeRotated_IsRefusedByName()
    {
        Action plan = () => ClientPrivacyPlan.Create(
            Budget, NoiseMechanism.Skellam, (1 << 30) + 1, sums: 1, 5, 1, 1, new ClientPrivacyParts { Rotation = ClientPrivacyPlan.UsualRotation });

        plan.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.RotationTooLong);
    }

    private static UpdateTerms Plan(int contributors, RotationTerms? rotation)
        => ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 1, contributors, dropouts: 1, colluders: 1, new ClientPrivacyParts { Rotation = rotation });

    private static InProcessFederationSetup Setup(HeContext? context, UpdateTerms update, int missing, double move)
    {
        ILocalTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new GradualTrainer(move))];
        return SmallFederation.Setup(context, update, new ClientPrivacy(Budget), trainers, Dimension, smallest: Clients - 1, missing > 0);
    }

    private static async Task<(double[][] Models, UpdateTerms Update, PrivacySpending Spending)> RunAsync(
        string scheme, NoiseMechanism mechanism, int missing, double move)
    {
        using HeContext? context = SmallFederation.ContextOf(scheme);
        UpdateTerms update = ClientPrivacyPlan.Create(
            Budget, mechanism, Dimension, sums: 1, Clients, dropouts: 1, colluders: 1, new ClientPrivacyParts { Rotation = ClientPrivacyPlan.UsualRotation });
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(context, update, missing, move));
        await foreach (RoundResult round in federation.RunAsync())
        {
            round.Report.IsAggregated.Should().BeTrue();
        }

        federation.Job.UploadTerms.Layout.ParameterCount.Should().Be(Rotated);
        return ([.. federation.Clients.Select(client => client.GlobalModel.Get<double>("w").ToArray())], update, federation.Clients.First().Privacy!);
    }
}
