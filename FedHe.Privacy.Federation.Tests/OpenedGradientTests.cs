using FedHe.Crypto;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>The noise in an opened sum of gradients, and in the models of local training, has the variance that was promised.</summary>
/// <remarks>
/// The variance of 40,000 samples of Gaussian kind is within 5 % of the true one with 7 standard deviations, so the tests do not fail by chance.
/// </remarks>
public sealed class OpenedGradientTests
{
    private const int Dimension = 40_000;
    private const int Clients = 5;
    private const double Tolerance = 0.05;

    private static readonly PrivacyBudget Gradients = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, epsilon: 4, delta: 1e-5, clip: 0.5);
    private static readonly PrivacyBudget Training = PrivacyBudget.ForRecords(RecordForm.LocalDpSgd, epsilon: 4, delta: 1e-5, clip: 0.5);
    private static readonly SamplingSecrecy Secrecy = new("Each hospital draws its records itself and tells nobody which.");

    [Theory]
    [InlineData("committee", NoiseMechanism.Skellam, false)]
    [InlineData("committee", NoiseMechanism.Skellam, true)]
    [InlineData("committee", NoiseMechanism.DiscreteGaussian, true)]
    [InlineData("ckks", NoiseMechanism.Skellam, false)]
    [InlineData("ckks", NoiseMechanism.Skellam, true)]
    [InlineData("ckks-exact", NoiseMechanism.DiscreteGaussian, true)]
    [InlineData("paillier", NoiseMechanism.Skellam, false)]
    [InlineData("paillier", NoiseMechanism.Skellam, true)]
    [InlineData("plain", NoiseMechanism.Skellam, true)]
    public async Task Noise_InTheOpenedSumOfGradients_HasThePromisedVarianceOfItsContributors(string scheme, NoiseMechanism mechanism, bool missing)
    {
        // Gradients of zero leave the noise alone in the sum.
        (double[] model, UpdateTerms update, PrivacySpending spending) = await RunAsync(scheme, mechanism, missing, gradient: 0, records: 100);

        PrivacyTerms terms = update.Privacy!;
        int contributors = missing ? Clients - 1 : Clients;
        double[] sums = [.. model.Select(value => value * contributors / update.Integers!.Step)];
        double variance = sums.Sum(sum => sum * sum) / Dimension;
        double share = terms.Variance / (Clients - 1 - 1);

        variance.Should().BeApproximately(contributors * share, Tolerance * contributors * share);
        ((contributors - 1) * share).Should().BeGreaterThanOrEqualTo(terms.Variance * (1 - 1e-12), "a colluder's share may be known");
        sums.Should().OnlyContain(sum => Math.Abs(sum - Math.Round(sum)) < 1e-3, "the sum is one of integers");
        spending.Charges.Should().Equal(new PrivacyCharge(1, contributors, 1));
        spending.Epsilon.Should().BeLessThanOrEqualTo(Gradients.Epsilon).And.BeGreaterThan((missing ? 0.99 : 0.8) * Gradients.Epsilon);
    }

    [Fact]
    public async Task Model_AfterARound_WentDownTheMeanOfTheClippedGradients()
    {
        (double[] model, UpdateTerms update, _) = await RunAsync("plain", NoiseMechanism.Skellam, missing: false, gradient: 5, records: 100);

        // Every client has 100 records, and the learning rate is 2.
        double unit = Math.ScaleB(Gradients.Clip, -update.Privacy!.LogClipUnits);
        double deviation = Math.Sqrt(5.0 / 3 * update.Privacy.Variance) * update.Integers!.Step / Clients / Math.Sqrt(Dimension);
        model.Average().Should().BeApproximately(-2 * 5 * unit, 7 * deviation);
    }

    [Fact]
    public async Task Sum_OfMoreRecordsThanPlanned_IsMovedIntoItsHalfOfTheBound()
    {
        (double[] model, UpdateTerms update, _) = await RunAsync("plain", NoiseMechanism.Skellam, missing: false, gradient: 1 << 20, records: 1 << 20);

        double half = update.Integers!.Bound / 2 * update.Integers.Step;
        double deviation = Math.Sqrt(5.0 / 3 * update.Privacy!.Variance) * update.Integers.Step / Clients / Math.Sqrt(Dimension);
        model.Average().Should().BeApproximately(-half, 7 * deviation);
    }

    [Theory]
    [InlineData("committee", false)]
    [InlineData("committee", true)]
    [InlineData("ckks", false)]
    [InlineData("plain", true)]
    public async Task Noise_OfLocalTraining_IsWholeInTheModelOfEveryClientAndNeverShared(string scheme, bool missing)
    {
        using HeContext? context = SmallFederation.ContextOf(scheme);
        UpdateTerms update = RecordPrivacyPlan.ForLocalTraining(Training, Dimension, trainings: 1, steps: 3, samplingRate: 0.5, Secrecy);
        ILocalTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new RecordTrainer(gradient: 0, records: 10))];

        (double[] model, _, PrivacySpending spending) = await SmallFederation.RunAsync(
            SmallFederation.Setup(context, update, new RecordPrivacy(Training, Secrecy), trainers, Dimension, smallest: Clients - 1, missing));

        // An average of n models has a variance of 1/n: each of them has all of it, and would have it alone.
        double whole = 3 * Math.Pow(update.Privacy!.NoiseMultiplier * Training.Clip, 2);
        int contributors = missing ? Clients - 1 : Clients;
        (model.Sum(value => value * value) / Dimension).Should().BeApproximately(whole / contributors, Tolerance * whole / contributors);
        spending.Charges.Should().Equal(new PrivacyCharge(1, 1, 1));
        spending.Epsilon.Should().BeInRange(0.99 * Training.Epsilon, Training.Epsilon);
        spending.IsExhausted.Should().BeTrue();
    }

    private static async Task<(double[] Model, UpdateTerms Update, PrivacySpending Spending)> RunAsync(
        string scheme, NoiseMechanism mechanism, bool missing, long gradient, int records)
    {
        using HeContext? context = SmallFederation.ContextOf(scheme);
        UpdateTerms update = RecordPrivacyPlan.ForGradients(
            Gradients, mechanism, Dimension, sums: 1, contributors: Clients, dropouts: 1, colluders: 1, learningRate: 2, records: 100);
        ILocalTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new RecordTrainer(gradient, records))];
        (double[] model, _, PrivacySpending spending) = await SmallFederation.RunAsync(
            SmallFederation.Setup(context, update, new RecordPrivacy(Gradients), trainers, Dimension, smallest: Clients - 1, missing));
        return (model, update, spending);
    }
}
