using FedHe.Crypto;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Transport;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Composition;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>What a provider for records promises, plans and refuses.</summary>
public sealed class RecordPrivacyTests
{
    private const int Dimension = 100;
    private static readonly PrivacyBudget Gradients = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, epsilon: 8, delta: 1e-5, clip: 1);
    private static readonly PrivacyBudget Training = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, epsilon: 8, delta: 1e-5, clip: 1);
    private static readonly NoisedCountTerms Counts = new(variance: 16);
    private static readonly PrivacyCharge OneCount = new(Round: 0, Contributors: 1, Count: 1);
    private static readonly SamplingSecrecy Secrecy = new("Each hospital draws its records itself and tells nobody which.");

    [Theory]
    [InlineData(NoiseMechanism.Skellam, 10)]
    [InlineData(NoiseMechanism.DiscreteGaussian, 10)]
    [InlineData(NoiseMechanism.Skellam, 1)]
    public void GradientPlan_ForSomeSums_SpendsTheBudgetInThemAndNotInOneMore(NoiseMechanism mechanism, int sums)
    {
        UpdateTerms update = PlanGradients(mechanism, sums);
        var releases = new SumReleases(update.Privacy!, update.Integers!, Dimension);
        PrivacyCharge[] charges = [.. Enumerable.Range(1, sums).Select(round => new PrivacyCharge(round, 3, 1))];

        releases.EpsilonOf(charges).Should().BeInRange(0.99 * Gradients.Epsilon, Gradients.Epsilon);
        releases.EpsilonOf([.. charges, new PrivacyCharge(sums + 1, 3, 1)]).Should().BeGreaterThan(Gradients.Epsilon);
        releases.EpsilonOf([.. charges[1..], new PrivacyCharge(1, 4, 1)]).Should().BeLessThan(releases.EpsilonOf(charges), "one contributor more adds noise");
    }

    [Theory]
    [InlineData(1.0, 10)]
    [InlineData(0.25, 40)]
    public void TrainingPlan_ForSomeTrainings_SpendsTheBudgetInThemAndNotInOneMore(double rate, int trainings)
    {
        PrivacyTerms terms = RecordPrivacyPlan.ForLocalTraining(Training, Dimension, trainings, steps: 4, rate, Secrecy).Privacy!;
        var releases = new StepReleases(terms, Dimension, Secrecy);

        releases.EpsilonOf([new PrivacyCharge(1, 1, trainings)]).Should().BeInRange(0.99 * Training.Epsilon, Training.Epsilon);
        releases.EpsilonOf([new PrivacyCharge(1, 1, trainings + 1)]).Should().BeGreaterThan(Training.Epsilon);
        releases.EpsilonOf([]).Should().Be(0);
    }

    [Fact]
    public void TrainingPlan_WithNoisedCounts_SpendsTheBudgetInTrainingsAndTwoCountsAndNotInThree()
    {
        UpdateTerms update = RecordPrivacyPlan.ForLocalTraining(Training, Dimension, trainings: 5, steps: 4, samplingRate: 1, parts: new LocalTrainingParts { NoisedCount = Counts });
        PrivacyTerms terms = update.Privacy!;
        var releases = new StepReleases(terms, Dimension, secrecy: null);
        var trainings = new PrivacyCharge(1, 1, 5);

        double planned = releases.EpsilonOf([OneCount with { Count = 2 }, trainings]);

        planned.Should().BeInRange(0.99 * Training.Epsilon, Training.Epsilon).And.Be(RecordPrivacyPlan.EpsilonOf(terms, Dimension, 5, secrecy: null));
        releases.EpsilonOf([OneCount with { Count = 3 }, trainings]).Should().BeGreaterThan(Training.Epsilon);
        releases.EpsilonOf([OneCount, trainings]).Should().BeLessThan(planned).And.BeGreaterThan(releases.EpsilonOf([trainings]));
        releases.EpsilonOf([OneCount]).Should().Be(
            PrivacyComposition.Of(CompositionMethod.Renyi).Add(new DiscreteGaussianRelease(4, new CountNoise(Counts).Release.Distance)).Epsilon(Training.Delta), "a record changes a count by 1");
    }

    [Fact]
    public void NoiseOfCounts_HasThePromisedVarianceAndIsDrawnAnew()
    {
        const int Count = 1 << 14;
        var noise = new CountNoise(Counts);
        long[] errors = [.. Enumerable.Range(0, Count).Select(_ => noise.AddNoise(1000) - 1000)];

        // The deviation of a sample variance of this many values is 1 in 90; six of them are a chance below 1 in 10^8.
        (errors.Average(error => (double)error * error) / Counts.Variance).Should().BeInRange(1 - 0.067, 1 + 0.067);
        errors.Average().Should().BeInRange(-0.2, 0.2, "six deviations of the mean");
    }

    [Fact]
    public async Task Accountant_OfAJobOfNoisedCounts_HasTheCountBesideTheTrainings()
    {
        var provider = new RecordPrivacy(Training, Secrecy);
        UpdateTerms update = RecordPrivacyPlan.ForLocalTraining(Training, Dimension, trainings: 2, steps: 4, samplingRate: 0.5, Secrecy, parts: new LocalTrainingParts { NoisedCount = Counts });
        (FederationJob job, PrivacySpending spending) = await RunAsync(update, provider, maxWeight: 100);

        PrivacyAccountant accountant = provider.AccountantOf(job, spending);

        accountant.Entries.Select(entry => entry.Purpose).Should().Equal("noised number of records", "round 1, 1 x 4 steps of local training");
        accountant.SpentEpsilon.Should().BeApproximately(spending.Epsilon, 1e-9).And.BeInRange(0.1, 8);
    }

    /// <summary>A client that lost its state may have spent more than was promised, and the people in its data must be able to read that.</summary>
    [Fact]
    public async Task Accountant_OfMoreThanTheBudget_IsMadeAllTheSameAndSaysSo()
    {
        var provider = new RecordPrivacy(Training, Secrecy);
        (FederationJob job, PrivacySpending spending) = await RunAsync(PlanTraining(), provider);
        PrivacySpending overspent = spending with { Charges = [new PrivacyCharge(1, 1, 30)] };
        PrivacySpending counted = spending with { Charges = [OneCount] };
        Action ofCounts = () => provider.AccountantOf(job, counted);

        PrivacyAccountant accountant = provider.AccountantOf(job, overspent);

        accountant.SpentEpsilon.Should().BeGreaterThan(Training.Epsilon);
        accountant.WouldExceed(new DiscreteGaussianRelease(1e6, distance: 0)).Should().BeTrue("nothing more may be released");
        ofCounts.Should().Throw<PrivacyRefusedException>("the job has no noised counts").Which.Error.Should().Be(PrivacyRefusal.OtherForm);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1L << 40)]
    public void NoiseOfCounts_OfTheSmallestAndTheLargestVariance_CanBeDrawn(double variance)
    {
        var noise = new CountNoise(new NoisedCountTerms(variance));

        Enumerable.Range(0, 64).Select(_ => noise.AddNoise(0)).Distinct().Should().HaveCountGreaterThan(1);
        noise.Release.Distance.Should().BePositive();
    }

    [Fact]
    public void GradientPlan_OfMoreRecordsThanIntegersHold_HasTheLargestBound()
    {
        UpdateTerms update = RecordPrivacyPlan.ForGradients(Gradients, NoiseMechanism.Skellam, Dimension, 1, 4, 1, 1, learningRate: 0.5, records: 100_000_000);

        update.Integers!.Bound.Should().Be(1L << 31);
    }

    [Fact]
    public void SensitivityOfGradients_IsTheClipInUnitsOfTheGrid()
        => SumReleases.SensitivityOf(PlanGradients(NoiseMechanism.Skellam, 1).Privacy!, step: 7, Dimension).Two
            .Should().Be(1L << PlanGradients(NoiseMechanism.Skellam, 1).Privacy!.LogClipUnits);

    [Theory]
    [InlineData(4, 2, 2)]
    [InlineData(4, 1, 0)]
    public void GradientPlan_ThatLeavesNobodyOrReckonsWithNoColluder_IsRefusedByName(int contributors, int dropouts, int colluders)
    {
        Action plan = () => RecordPrivacyPlan.ForGradients(Gradients, NoiseMechanism.Skellam, Dimension, 1, contributors, dropouts, colluders, 0.1, 100);

        plan.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.PartiesOutOfRange);
    }

    [Fact]
    public void Plan_OfAnotherBudgetOrWithoutSecrecy_IsRefusedByName()
    {
        Action gradients = () => RecordPrivacyPlan.ForGradients(Training, NoiseMechanism.Skellam, Dimension, 1, 4, 1, 1, 0.1, 100);
        Action training = () => RecordPrivacyPlan.ForLocalTraining(Gradients, Dimension, 1, 1, 1);
        Action sampled = () => RecordPrivacyPlan.ForLocalTraining(Training, Dimension, 1, 1, 0.5);
        Action sampledWithNoise = () => RecordPrivacyPlan.ForLocalTraining(Training, Dimension, 1, 1, 0.5, noiseMultiplier: 2);
        Action provider = () => _ = new RecordPrivacy(PrivacyBudget.ForClients(8, 1e-5, 1));

        gradients.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.RecordFormMismatch);
        training.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.RecordFormMismatch);
        sampled.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.SecrecyMissing);
        sampledWithNoise.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.SecrecyMissing);
        provider.Should().Throw<PrivacyException>().Which.Error.Should().Be(PrivacyError.RecordFormMismatch);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void TrainingPlan_OfAnImpossibleNoiseMultiplier_IsRefused(double multiplier)
    {
        Action plan = () => RecordPrivacyPlan.ForLocalTraining(Training, Dimension, trainings: 1, steps: 1, samplingRate: 1, noiseMultiplier: multiplier);

        plan.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("noiseMultiplier");
    }

    [Theory]
    [InlineData(8, 1e-5, 2, PrivacyError.ClipDiffers)]
    [InlineData(7, 1e-5, 1, PrivacyError.BudgetExceeded)]
    [InlineData(8, 1e-6, 1, PrivacyError.BudgetExceeded)]
    public async Task Job_ThatBreaksAClientsOwnPromise_IsRefusedByName(double epsilon, double delta, double clip, PrivacyError expected)
    {
        foreach (UpdateTerms update in (UpdateTerms[])[PlanGradients(NoiseMechanism.Skellam, 2), PlanTraining()])
        {
            RecordForm form = update.Privacy!.IsNoiseShared ? RecordForm.DistributedGradient : RecordForm.LocalDpSgd;
            Func<Task> create = () => RunAsync(update, new RecordPrivacy(PrivacyBudget.ForRecords(form, epsilon, delta, clip), Secrecy));

            (await create.Should().ThrowAsync<PrivacyException>()).Which.Error.Should().Be(expected);
        }
    }

    [Fact]
    public async Task Job_OfAnotherFormThanThePromise_IsRefusedByName()
    {
        Func<Task>[] creations =
        [
            () => RunAsync(PlanGradients(NoiseMechanism.Skellam, 2), new RecordPrivacy(Training, Secrecy)),
            () => RunAsync(PlanTraining(), new RecordPrivacy(Gradients)),
            () => RunAsync(PlanTraining(), new ClientPrivacy(PrivacyBudget.ForClients(8, 1e-5, 1))),
            () => RunAsync(
                ClientPrivacyPlan.Create(PrivacyBudget.ForClients(8, 1e-5, 1), NoiseMechanism.Skellam, Dimension, 2, 4, 1, 1), new RecordPrivacy(Gradients)),
        ];
        foreach (Func<Task> create in creations)
        {
            (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.OtherForm);
        }
    }

    [Fact]
    public async Task Job_ThatSamplesRecordsOfAClientThatClaimsNoSecrecy_IsRefusedByName()
    {
        Func<Task> create = () => RunAsync(PlanTraining(), new RecordPrivacy(Training));

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.SecrecyMissing);
    }

    [Fact]
    public async Task Job_OfFewerColludersThanAClientReckonsWith_IsRefusedWithTheNumberToWrite()
    {
        PrivacyBudget clients = PrivacyBudget.ForClients(8, 1e-5, 1);
        Func<Task>[] creations =
        [
            () => RunAsync(PlanGradients(NoiseMechanism.Skellam, 2), new RecordPrivacy(Gradients) { LeastColluders = 2 }),
            () => RunAsync(ClientPrivacyPlan.Create(clients, NoiseMechanism.Skellam, Dimension, 2, 4, 1, 1), new ClientPrivacy(clients) { LeastColluders = 2 }),
        ];
        foreach (Func<Task> create in creations)
        {
            PrivacyRefusedException refused = (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which;
            (refused.Error, refused.Needed).Should().Be((PrivacyRefusal.TooFewColluders, 2));
        }
    }

    [Fact]
    public async Task Job_WhoseIntegersHaveNoRoomForTheNoise_IsRefusedByName()
    {
        UpdateTerms planned = PlanGradients(NoiseMechanism.Skellam, 2);
        long deviation = (long)Math.Sqrt(planned.Privacy!.Variance / 2);
        var update = new UpdateTerms(UpdateKind.Difference, new IntegerTerms(planned.Integers!.Step, 6 * deviation), planned.Privacy);
        Func<Task> create = () => RunAsync(update, new RecordPrivacy(Gradients));

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.RangeTooSmall);
    }

    [Fact]
    public void Noise_OfAnotherGridOrForm_IsRefusedByName()
    {
        var noise = LocalNoise.Of(PlanTraining().Privacy!);
        Action grid = () => noise.AddTo(new long[4], 1 << 9);
        Action form = () => LocalNoise.Of(PlanGradients(NoiseMechanism.Skellam, 1).Privacy!);

        grid.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.OtherClip);
        form.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.OtherForm);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Noise_OfLocalTraining_HasThePromisedDeviation(double multiplier)
    {
        const int Count = 1 << 16;
        PrivacyTerms terms = RecordPrivacyPlan.ForLocalTraining(Training, Dimension, trainings: 1, steps: 1, samplingRate: 1, noiseMultiplier: multiplier).Privacy!;
        var noise = LocalNoise.Of(terms);
        long[] values = [.. Enumerable.Repeat(1000L, Count)];

        noise.AddTo(values, 1L << terms.LogClipUnits);

        // The deviation of a sample variance of this many values is 1 in 181; six of them are a chance below 1 in 10^8.
        double deviation = Math.ScaleB(Math.Sqrt(values.Average(value => Math.Pow(value - 1000, 2))), -terms.LogClipUnits);
        (deviation / multiplier).Should().BeInRange(1 - 0.017, 1 + 0.017);
        noise.NoiseMultiplier.Should().BeGreaterThanOrEqualTo(multiplier).And.BeLessThan(multiplier * (1 + 1e-12));
        noise.StatisticalDistance.Should().BePositive("samplers have a distance, and it is charged");
    }

    [Fact]
    public void Mechanism_OfGradients_NeverExceedsTheBoundAndNeverRepeatsItsNoise()
    {
        UpdateTerms update = PlanGradients(NoiseMechanism.Skellam, 2);
        var mechanism = new GradientPrivacyMechanism(update.Privacy!, update.Integers!, Dimension);
        (long[] first, long[] second, long[] large) = (new long[Dimension], new long[Dimension], new long[Dimension]);

        mechanism.AddNoise(new long[Dimension], first);
        mechanism.AddNoise(new long[Dimension], second);
        mechanism.AddNoise([.. Enumerable.Repeat(long.MaxValue, Dimension)], large);

        first.Should().NotEqual(second);
        first.Concat(second).Concat(large).Should().OnlyContain(value => Math.Abs(value) <= update.Integers!.Bound).And.Contain(value => value != 0);
        large.Average().Should().BeApproximately(update.Integers!.Bound / 2, Math.Sqrt(update.Privacy!.Variance));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accountant_OfAJob_HasTheEpsilonThatTheClientCounted(bool gradients)
    {
        var provider = new RecordPrivacy(gradients ? Gradients : Training, Secrecy);
        (FederationJob job, PrivacySpending spending) = await RunAsync(gradients ? PlanGradients(NoiseMechanism.Skellam, 3) : PlanTraining(), provider);

        PrivacyAccountant accountant = provider.AccountantOf(job, spending);

        accountant.Entries.Select(entry => entry.Purpose).Should().Equal(gradients ? "round 1, sum of 4 clients" : "round 1, 1 x 4 steps of local training");
        accountant.Budget.Form.Should().Be(gradients ? RecordForm.DistributedGradient : RecordForm.LocalDpSgd);
        accountant.SpentEpsilon.Should().BeApproximately(spending.Epsilon, 1e-9).And.BeInRange(0.1, 8);
    }

    private static UpdateTerms PlanGradients(NoiseMechanism mechanism, int sums) => RecordPrivacyPlan.ForGradients(
        Gradients, mechanism, Dimension, sums, contributors: 4, dropouts: 1, colluders: 1, learningRate: 0.5, records: 100);

    private static UpdateTerms PlanTraining()
        => RecordPrivacyPlan.ForLocalTraining(Training, Dimension, trainings: 2, steps: 4, samplingRate: 0.5, Secrecy);

    private static async Task<(FederationJob Job, PrivacySpending Spending)> RunAsync(UpdateTerms update, IPrivacyProvider privacy, long maxWeight = 1)
    {
        using HeContext context = SmallFederation.ContextOf("plain")!;
        ILocalTrainer[] trainers = [.. Enumerable.Range(0, 4).Select(_ => new RecordTrainer(gradient: 3, records: 10))];
        (_, FederationJob job, PrivacySpending spending) = await SmallFederation.RunAsync(
            SmallFederation.Setup(context, update, privacy, trainers, Dimension, smallest: 3) with
            {
                Terms = new AggregationTerms(SmallFederation.LayoutOf(Dimension), Weighting.Clear, maxWeight),
            });
        return (job, spending);
    }
}
