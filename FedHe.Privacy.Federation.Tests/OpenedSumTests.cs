using FedHe.Crypto;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Budgets;

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

    private static readonly PrivacyBudget Budget = PrivacyBudget.ForClients(epsilon: 4, delta: 1e-5, clip: 1);

    public static TheoryData<string, NoiseMechanism, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, NoiseMechanism, int>();
            foreach (string scheme in (string[])["committee", "ckks", "ckks-exact", "paillier", "plain"])
            {
                cases.Add(scheme, NoiseMechanism.Skellam, 0);
                cases.Add(scheme, NoiseMechanism.Skellam, 1);
            }

            cases.Add("committee", NoiseMechanism.DiscreteGaussian, 0);
            cases.Add("ckks-exact", NoiseMechanism.DiscreteGaussian, 1);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Noise_InTheOpenedSum_HasThePromisedVarianceOfItsContributors(string scheme, NoiseMechanism mechanism, int missing)
    {
        // Differences of zero leave the noise alone in the sum.
        (double[] model, UpdateTerms update, PrivacySpending spending) = await RunAsync(scheme, mechanism, missing, move: 0);

        PrivacyTerms terms = update.Privacy!;
        int contributors = Clients - missing;
        double step = update.Integers!.Step;
        double[] sums = [.. model.Select(value => value * contributors / step)];
        double variance = sums.Sum(sum => sum * sum) / Dimension;
        double share = terms.Variance / (Clients - 1 - 1);

        variance.Should().BeApproximately(contributors * share, Tolerance * contributors * share);
        ((contributors - 1) * share).Should().BeGreaterThanOrEqualTo(terms.Variance * (1 - 1e-12), "a colluder's share may be known");
        sums.Should().OnlyContain(sum => Math.Abs(sum - Math.Round(sum)) < 1e-3, "the sum is one of integers");
        spending.Charges.Should().Equal(new PrivacyCharge(1, contributors, 1));
    }

    [Fact]
    public async Task Difference_LongerThanTheClip_CountsAsLongAsTheClip()
    {
        (double[] model, UpdateTerms update, _) = await RunAsync("committee", NoiseMechanism.Skellam, missing: 0, move: 10);

        // Every client moved by 10 in every coordinate, which is 2000 clips.
        double mean = model.Average();
        double deviation = Math.Sqrt(5 * update.Privacy!.Variance / 3) * update.Integers!.Step / Clients / Math.Sqrt(Dimension);
        mean.Should().BeApproximately(1 / Math.Sqrt(Dimension), 7 * deviation);
    }

    [Fact]
    public async Task Budget_OfOneRound_IsAlmostSpentAfterIt()
    {
        (_, _, PrivacySpending spending) = await RunAsync("plain", NoiseMechanism.Skellam, missing: 1, move: 0);

        spending.Epsilon.Should().BeInRange(0.99 * Budget.Epsilon, Budget.Epsilon);
        spending.IsExhausted.Should().BeTrue();
    }

    private static async Task<(double[] Model, UpdateTerms Update, PrivacySpending Spending)> RunAsync(
        string scheme, NoiseMechanism mechanism, int missing, double move)
    {
        using HeContext? context = SmallFederation.ContextOf(scheme);
        UpdateTerms update = ClientPrivacyPlan.Create(Budget, mechanism, Dimension, sums: 1, contributors: Clients, dropouts: 1, colluders: 1);
        ILocalTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new GradualTrainer(move))];
        (double[] model, _, PrivacySpending spending) = await SmallFederation.RunAsync(
            SmallFederation.Setup(context, update, new ClientPrivacy(Budget), trainers, Dimension, smallest: Clients - 1, missing > 0));
        return (model, update, spending);
    }
}
