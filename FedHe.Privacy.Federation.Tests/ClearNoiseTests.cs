using FedHe.Crypto;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Transport;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Distribution;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>Under a mask values in clear have the whole noise in every upload, and encrypted ones a share of it.</summary>
/// <remarks>
/// The variance of 20,000 samples of Gaussian kind is within 7 % of the true one with 7 standard deviations, so the tests do not fail by chance.
/// </remarks>
public sealed class ClearNoiseTests
{
    private const int Dimension = 40_000;
    private const int Clients = 5;
    private const double Tolerance = 0.07;

    private static readonly PrivacyBudget Budget = PrivacyBudget.ForClients(epsilon: 4, delta: 1e-5, clip: 1);
    private static readonly ModelLayout Layout = SmallFederation.LayoutOf(Dimension);
    private static readonly PublicMaskTerms Rule = new(MaskPolicy.Random(0.5, seed: 20_261_130));
    private static readonly EncryptionMask Mask = Rule.MaskOf(Layout);

    [Theory]
    [InlineData("committee", NoiseMechanism.Skellam, 0)]
    [InlineData("committee", NoiseMechanism.Skellam, 1)]
    [InlineData("committee", NoiseMechanism.DiscreteGaussian, 0)]
    [InlineData("ckks", NoiseMechanism.Skellam, 0)]
    [InlineData("ckks-exact", NoiseMechanism.DiscreteGaussian, 1)]
    [InlineData("paillier", NoiseMechanism.Skellam, 0)]
    [InlineData("plain", NoiseMechanism.Skellam, 0)]
    public async Task Noise_InTheOpenedSum_IsSharedWhereItIsEncryptedAndWholeFromEachWhereItIsNot(string scheme, NoiseMechanism mechanism, int missing)
    {
        using HeContext? context = SmallFederation.ContextOf(scheme);
        UpdateTerms update = Plan(mechanism);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(context, update, missing > 0));
        await foreach (RoundResult round in federation.RunAsync())
        {
            round.Report.IsAggregated.Should().BeTrue();
        }

        int contributors = Clients - missing;
        double[] model = federation.Clients.First().GlobalModel.Get<double>("w").ToArray();
        double[] sums = [.. model.Select(value => value * contributors / update.Integers!.Step)];
        double whole = update.Privacy!.Variance;
        double share = whole / (Clients - 1 - 1);
        VarianceOf(sums, isEncrypted: true).Should().BeApproximately(contributors * share, Tolerance * contributors * share);
        VarianceOf(sums, isEncrypted: false).Should().BeApproximately(contributors * whole, Tolerance * contributors * whole);
        sums.Should().OnlyContain(sum => Math.Abs(sum - Math.Round(sum)) < 1e-3, "the sum is one of integers");
        federation.Clients.Should().AllSatisfy(client =>
        {
            client.GlobalModel.Get<double>("w").ToArray().Should().Equal(model, "bit for bit");
            client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, contributors, 1));

            // Further contributors add nothing to what is in clear of one client.
            client.Privacy.Epsilon.Should().BeInRange(0.99 * Budget.Epsilon, Budget.Epsilon);
        });
    }

    [Theory]
    [InlineData(NoiseMechanism.Skellam)]
    [InlineData(NoiseMechanism.DiscreteGaussian)]
    public void Upload_OfOneClient_HasTheWholeNoiseInClearAndAShareInItsEncryptedValues(NoiseMechanism mechanism)
    {
        UpdateTerms update = Plan(mechanism);
        var noised = new ClientPrivacyMechanism(update.Privacy!, update.Integers!, Dimension, Mask);
        var integers = new long[Dimension];

        noised.Privatize(new double[Dimension], place: default, integers);

        double[] values = [.. integers.Select(value => (double)value)];
        double whole = update.Privacy!.Variance;
        VarianceOf(values, isEncrypted: false).Should().BeApproximately(whole, Tolerance * whole);
        VarianceOf(values, isEncrypted: true).Should().BeApproximately(whole / (Clients - 2), Tolerance * whole / (Clients - 2));
    }

    [Theory]
    [InlineData(NoiseKind.Skellam)]
    [InlineData(NoiseKind.DiscreteGaussian)]
    public void Divergence_OfBothParts_IsNeverAboveThatOfTheWholeVectorHoweverItsNormIsDivided(NoiseKind kind)
    {
        NoiseSharing sharing = NoiseSharing.Create(kind, 4000, parties: 5, dropouts: 1, colluders: 1);
        NoiseSharing whole = NoiseSharing.Create(kind, sharing.ProtectingVariance(4), 1, 0, 0);
        var joint = GridSensitivity.OfIntegers(200, Dimension);
        PrivacyRelease charged = sharing.Describe(4, joint, Dimension);
        foreach (double order in (double[])[1.5, 2, 3.7, 8, 64, 512])
        {
            for (int part = 0; part <= 20; part++)
            {
                // Part of the squared norm, and as much of the 1-norm as it can have.
                double encrypted = Math.Sqrt(part / 20.0) * joint.Two;
                double inClear = Math.Sqrt((20 - part) / 20.0) * joint.Two;
                double one = Math.Sqrt(part / 20.0);
                double sum = 0;
                for (int contributors = 4; contributors <= 5; contributors++)
                {
                    sum = (encrypted == 0 ? 0 : sharing.Describe(contributors, Part(encrypted, one), Dimension / 2).RenyiDivergence(order))
                        + (inClear == 0 ? 0 : whole.Describe(1, Part(inClear, Math.Sqrt(1 - (one * one))), Dimension / 2).RenyiDivergence(order));

                    sum.Should().BeLessThanOrEqualTo(charged.RenyiDivergence(order) * (1 + 1e-12));
                }
            }
        }

        // Of two halves with the 1-norms a and b, a + b is at most the 1-norm of the whole.
        GridSensitivity Part(double two, double share) => new(Math.Max(two, share * share * joint.One), two);
    }

    [Fact]
    public void Charge_OfAnAttemptUnderAMask_IsThatOfTheSmallestSumWhoeverContributes()
    {
        UpdateTerms update = Plan(NoiseMechanism.Skellam);
        var masked = new SumReleases(update.Privacy!, update.Integers!, Dimension, (int)Mask.ClearCount);
        var sums = new SumReleases(update.Privacy! with { PublicMask = null }, update.Integers!, Dimension);
        double smallest = masked.EpsilonOf([new PrivacyCharge(1, 4, 1)]);

        smallest.Should().BeInRange(0.99 * Budget.Epsilon, Budget.Epsilon).And.BeApproximately(sums.EpsilonOf([new PrivacyCharge(1, 4, 1)]), 1e-4);
        masked.EpsilonOf([new PrivacyCharge(1, 5, 1)]).Should().BeApproximately(smallest, 1e-4);
        sums.EpsilonOf([new PrivacyCharge(1, 5, 1)]).Should().BeLessThan(0.95 * smallest, "an opened sum of five has more noise, and a value in clear has not");
    }

    [Fact]
    public async Task Job_WhoseIntegersHaveRoomForSharesAndNotForTheWholeNoise_IsRefusedByName()
    {
        UpdateTerms planned = Plan(NoiseMechanism.Skellam);
        UpdateTerms shares = ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 1, Clients, dropouts: 1, colluders: 1);
        shares.Integers!.Bound.Should().BeLessThan(planned.Integers!.Bound);
        var update = new UpdateTerms(UpdateKind.Difference, shares.Integers, planned.Privacy);
        Func<Task> create = () => InProcessFederation.CreateAsync(Setup(null, update, missing: false));

        (await create.Should().ThrowAsync<PrivacyRefusedException>()).Which.Error.Should().Be(PrivacyRefusal.RangeTooSmall);
    }

    [Fact]
    public void Plan_WithALayoutOfAnotherLength_IsRefused()
    {
        Action plan = () => ClientPrivacyPlan.Create(
            Budget, NoiseMechanism.Skellam, Dimension + 1, sums: 1, Clients, 1, 1, new ClientPrivacyParts { Mask = (Rule, Layout) });

        plan.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static double VarianceOf(double[] values, bool isEncrypted)
    {
        var part = new double[isEncrypted ? Mask.EncryptedCount : Mask.ClearCount];
        if (isEncrypted)
        {
            Mask.GatherEncrypted<double>(values, part);
        }
        else
        {
            Mask.GatherClear<double>(values, part);
        }

        return part.Sum(value => value * value) / part.Length;
    }

    private static UpdateTerms Plan(NoiseMechanism mechanism) => ClientPrivacyPlan.Create(
        Budget, mechanism, Dimension, sums: 1, Clients, dropouts: 1, colluders: 1, new ClientPrivacyParts { Mask = (Rule, Layout) });

    private static InProcessFederationSetup Setup(HeContext? context, UpdateTerms update, bool missing)
    {
        ILocalTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new GradualTrainer(0))];
        return SmallFederation.Setup(context, update, new ClientPrivacy(Budget), trainers, Dimension, smallest: Clients - 1, missing) with
        {
            Terms = new AggregationTerms(Layout, Mask, Weighting.Clear, maxWeight: 1),
        };
    }
}
