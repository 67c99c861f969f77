using System.Buffers.Binary;
using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Transport;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Clipping;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>The clip follows the clients' norms, all clients have the same one, and its bits are noised and paid for.</summary>
public sealed class AdaptiveClipTests
{
    private const int Dimension = 400;
    private const int Clients = 5;

    private static readonly PrivacyBudget Budget = PrivacyBudget.ForClients(epsilon: 8, delta: 1e-5, clip: 1);

    [Theory]
    [InlineData("committee", NoiseMechanism.Skellam, false)]
    [InlineData("committee", NoiseMechanism.DiscreteGaussian, false)]
    [InlineData("committee", NoiseMechanism.Skellam, true)]
    [InlineData("ckks", NoiseMechanism.Skellam, false)]
    [InlineData("ckks-exact", NoiseMechanism.DiscreteGaussian, true)]
    [InlineData("paillier", NoiseMechanism.Skellam, false)]
    [InlineData("plain", NoiseMechanism.Skellam, true)]
    public async Task Clip_OfAllClients_IsTheSameInEveryRoundAndMovesByTheRule(string scheme, NoiseMechanism mechanism, bool missing)
    {
        const int Rounds = 3;
        using HeContext? context = SmallFederation.ContextOf(scheme);
        UpdateTerms update = Plan(mechanism, Rounds, rate: 1);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(context, update, Rounds, missing, move: 0));
        var clips = new List<double> { Budget.Clip };
        federation.Clients.Should().AllSatisfy(client => client.Clip.Should().Be(Budget.Clip));
        await foreach (RoundResult round in federation.RunAsync())
        {
            round.Report.IsAggregated.Should().BeTrue();
            clips.Add(federation.Clients.First().Clip!.Value);
            federation.Clients.Should().AllSatisfy(client => client.Clip.Should().Be(clips[^1], "bit for bit"));
        }

        // The clip moves by the rule of a whole number of bits.
        ClipRule rule = ClipRule.Create(0.5, 1);
        int contributors = missing ? Clients - 1 : Clients;
        int position = 0;
        foreach (double clip in clips.Skip(1))
        {
            int[] next = [.. Enumerable.Range(-200, 401).Select(sum => rule.Next(position, sum, contributors))];
            position = next.FirstOrDefault(one => Budget.Clip * ClipRule.FactorAt(one) == clip, int.MinValue);
            position.Should().NotBe(int.MinValue);
        }

        clips.Distinct().Should().HaveCountGreaterThan(1);
        federation.Clients.Should().AllSatisfy(client =>
            client.GlobalModel.Get<double>("w").ToArray().Should().Equal(federation.Clients.First().GlobalModel.Get<double>("w").ToArray(), "bit for bit"));
    }

    [Fact]
    public async Task Clip_OfManyRounds_FollowsTheNormsOfTheClients()
    {
        // Every client moves by 1/32 in each of 400 coordinates: a norm of 0.625, far above the first clip.
        const int Rounds = 25;
        PrivacyBudget small = PrivacyBudget.ForClients(epsilon: 1000, delta: 1e-5, clip: 1.0 / 64);
        UpdateTerms update = ClientPrivacyPlan.Create(small, NoiseMechanism.Skellam, Dimension, Rounds, Clients, 0, 1, new ClientPrivacyParts
        {
            AdaptiveClip = new AdaptiveClipTerms(0.5, rate: 1, bitVariance: 4),
        });
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(SmallFederation.ContextOf("plain"), update, Rounds, missing: false, move: 1.0 / 32, small));
        await foreach (RoundResult round in federation.RunAsync())
        {
            round.Report.IsAggregated.Should().BeTrue();
        }

        federation.Clients.First().Clip.Should().BeInRange(0.625 / 8, 0.625 * 8, "it began at 1/64");
    }

    [Theory]
    [InlineData(NoiseMechanism.Skellam)]
    [InlineData(NoiseMechanism.DiscreteGaussian)]
    public void Bit_OfAClient_SaysWhetherItsNormKeepsTheClipAndHasItsShareOfTheNoise(NoiseMechanism mechanism)
    {
        const int Count = 4000;
        UpdateTerms update = Plan(mechanism, sums: 3, rate: 0.2, bitVariance: 30);
        var noised = new ClientPrivacyMechanism(update.Privacy!, update.Integers!, 2);
        int doubled = 1 << 24;
        long[] Bits(double norm, int position) => [.. Enumerable.Range(0, Count).Select(_ =>
        {
            var integers = new long[3];
            noised.Privatize(new double[] { 0, norm }, default(DifferencePlace) with { ClipPosition = position }, integers);
            return integers[2];
        })];

        // A clip of 1 in the first round, and of 2 where it was doubled.
        double share = 30.0 / (Clients - 1 - 1);
        foreach ((double norm, int position, long expected) in ((double, int, long)[])[(0.9, 0, 1), (1.1, 0, -1), (1.1, doubled, 1), (2.1, doubled, -1), (double.NaN, 0, 1)])
        {
            long[] bits = Bits(norm, position);
            bits.Average().Should().BeApproximately(expected, 7 * Math.Sqrt(share / Count));
            bits.Average(bit => (double)((bit - expected) * (bit - expected))).Should().BeApproximately(share, 7 * share * Math.Sqrt(2.0 / Count));
        }
    }

    [Fact]
    public void Integers_AtAMovedClip_HaveTheNoiseAndTheNormOfTheFirstOne()
    {
        UpdateTerms update = Plan(NoiseMechanism.Skellam, sums: 3, rate: 0.2);
        var noised = new ClientPrivacyMechanism(update.Privacy!, update.Integers!, Dimension);
        double share = update.Privacy!.Variance / (Clients - 1 - 1);
        double k = Budget.Clip / update.Integers!.Step;
        foreach (int position in (int[])[0, 12_345_678, -40 << 24, 40 << 24])
        {
            double squares = 0;
            double first = 0;
            const int Count = 100;
            for (int i = 0; i < Count; i++)
            {
                var difference = new double[Dimension];
                difference[0] = 2 * ClipRule.FactorAt(position);
                var integers = new long[Dimension + 1];
                noised.Privatize(difference, default(DifferencePlace) with { ClipPosition = position }, integers);
                squares += integers[1..Dimension].Sum(value => (double)value * value);
                first += integers[0];
            }

            (squares / Count / (Dimension - 1)).Should().BeApproximately(share, 7 * share * Math.Sqrt(2.0 / Count / (Dimension - 1)));
            (first / Count).Should().BeApproximately(k, 7 * Math.Sqrt(share / Count), "a difference of twice the clip counts as the clip");
        }
    }

    [Theory]
    [InlineData(NoiseMechanism.Skellam)]
    [InlineData(NoiseMechanism.DiscreteGaussian)]
    public void Plan_WithAnAdaptiveClip_PaysForItsBits(NoiseMechanism mechanism)
    {
        UpdateTerms plain = ClientPrivacyPlan.Create(Budget, mechanism, Dimension, sums: 3, Clients, 1, 1);
        UpdateTerms update = Plan(mechanism, sums: 3, rate: 0.2);
        var releases = new SumReleases(update.Privacy!, update.Integers!, Dimension);
        PrivacyCharge[] charges = [.. Enumerable.Range(1, 3).Select(round => new PrivacyCharge(round, Clients - 1, 1))];

        update.Privacy!.Variance.Should().BeGreaterThan(1.05 * plain.Privacy!.Variance, "the bits take a part of the budget");
        releases.EpsilonOf(charges).Should().BeInRange(0.99 * Budget.Epsilon, Budget.Epsilon);
        releases.EpsilonOf([.. charges, new PrivacyCharge(4, Clients - 1, 1)]).Should().BeGreaterThan(Budget.Epsilon);
        new SumReleases(update.Privacy with { AdaptiveClip = null }, update.Integers!, Dimension).EpsilonOf(charges).Should().BeLessThan(0.98 * Budget.Epsilon);
        PrivacyRelease bit = releases.Bits!.Of(Clients - 1);
        bit.RenyiDivergence(2).Should().BeGreaterThanOrEqualTo(2 / (2 * update.Privacy.AdaptiveClip!.BitVariance) * (1 - 1e-9));
    }

    [Fact]
    public async Task Accountant_OfAJob_HasAnEntryForTheBitsOfEverySum()
    {
        UpdateTerms update = Plan(NoiseMechanism.Skellam, sums: 2, rate: 0.2);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(Setup(null, update, rounds: 2, missing: false, move: 0));
        await foreach (RoundResult round in federation.RunAsync())
        {
            round.Report.IsAggregated.Should().BeTrue();
        }

        PrivacySpending spending = federation.Clients.First().Privacy!;
        PrivacyAccountant accountant = ClientPrivacy.AccountantOf(federation.Job, spending);

        accountant.Entries.Select(entry => entry.Purpose).Should().Equal(
            "round 1, sum of 5 clients", "round 1, bits of the clip of 5 clients", "round 2, sum of 5 clients", "round 2, bits of the clip of 5 clients");
        accountant.SpentEpsilon.Should().BeApproximately(spending.Epsilon, 1e-9);
    }

    [Theory]
    [InlineData("rotation")]
    [InlineData("rotation and optimizer")]
    [InlineData("mask")]
    public async Task Clip_BesideOtherParts_MovesAndGivesOneModel(string part)
    {
        ModelLayout layout = SmallFederation.LayoutOf(Dimension);
        var rule = new PublicMaskTerms(MaskPolicy.Random(0.5, seed: 1));
        UpdateTerms update = ClientPrivacyPlan.Create(Budget, NoiseMechanism.Skellam, Dimension, sums: 3, Clients, 1, 1, new ClientPrivacyParts
        {
            AdaptiveClip = new AdaptiveClipTerms(0.5, rate: 1, bitVariance: 3),
            Rotation = part != "mask" ? ClientPrivacyPlan.UsualRotation : null,
            Mask = part == "mask" ? (rule, layout) : null,
        });
        update = part == "rotation and optimizer" ? new UpdateTerms(update.Kind, update.Integers, update.Privacy, ServerOptimizer.Adam(0.1)) : update;
        InProcessFederationSetup setup = Setup(null, update, rounds: 3, missing: false, move: 0.5);
        setup = part == "mask" ? setup with { Terms = new AggregationTerms(layout, rule.MaskOf(layout), Weighting.Clear, maxWeight: 1) } : setup;
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        await foreach (RoundResult round in federation.RunAsync())
        {
            round.Report.IsAggregated.Should().BeTrue();
        }

        federation.Job.UploadTerms.Layout.ParameterCount.Should().Be(part == "mask" ? Dimension + 1 : 513);
        federation.Job.UploadTerms.Mask.ClearCount.Should().Be(part == "mask" ? Dimension / 2 : 0, "bits are encrypted");
        double[] model = federation.Clients.First().GlobalModel.Get<double>("w").ToArray();

        // No step of Adam is longer than about ten times the learning rate.
        model.Max(Math.Abs).Should().BePositive().And.Match(value => part != "rotation and optimizer" || value < 3);
        federation.Clients.Should().AllSatisfy(client =>
        {
            client.GlobalModel.Get<double>("w").ToArray().Should().Equal(model, "bit for bit");
            client.Clip.Should().Be(federation.Clients.First().Clip).And.NotBe(Budget.Clip);
        });
    }

    [Fact]
    public void Usual_AdaptiveClip_FollowsTheMedianWithNoiseThatCanBeDrawn()
    {
        ClientPrivacyPlan.UsualAdaptiveClip(200, 10, 2).Should().Be(new AdaptiveClipTerms(0.5, 0.2, 400));
        ClientPrivacyPlan.UsualAdaptiveClip(5, 1, 1).Should().Be(new AdaptiveClipTerms(0.5, 0.2, 3));
        Action nobody = () => ClientPrivacyPlan.UsualAdaptiveClip(2, 1, 1);
        nobody.Should().Throw<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.PartiesOutOfRange);
    }

    /// <summary>A client that opened its last sum at such a clip would go on with another model than everybody else.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(ClipRule.LargestPosition + 1)]
    [InlineData(-ClipRule.LargestPosition - 1)]
    [InlineData(int.MinValue)]
    public async Task State_WithAClipThatNoSumLeaves_IsRefused(int? position)
    {
        using HandFederation federation = await HandFederation.CreateAsync(new HandOptions
        {
            Update = Plan(NoiseMechanism.Skellam, sums: 3, rate: 1),
            Privacy = new ClientPrivacy(Budget),
            Trainers = [.. Enumerable.Range(0, Clients).Select(_ => new GradualTrainer(0))],
            Dimension = Dimension,
            Rounds = 2,
        });
        double second = Budget.Clip;
        federation.Behind = (message, client) => second = message is { Kind: MessageKind.Aggregate, Round: 1 } ? federation.Clients[client].Clip!.Value : second;
        await federation.RunAsync();
        second.Should().NotBe(Budget.Clip);
        FederationClientSetup setup = federation.SetupOf(0);
        var protector = new ChangedSecret(setup.Protector!, secret =>
        {
            // Behind the model of the round before.
            Span<byte> saved = secret[(Dimension * sizeof(double))..];
            (Budget.Clip * ClipRule.FactorAt(BinaryPrimitives.ReadInt32LittleEndian(saved))).Should().Be(second, "or this is no position");
            BinaryPrimitives.WriteInt32LittleEndian(saved, position ?? BinaryPrimitives.ReadInt32LittleEndian(saved));
        });
        Func<FederationClient> restore = () => FederationClient.Restore(setup with { Protector = protector }, federation.States[0]!);

        if (position is null)
        {
            using FederationClient restored = restore();
            restored.Clip.Should().Be(federation.Clients[0].Clip);
        }
        else
        {
            restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
        }
    }

    private static UpdateTerms Plan(NoiseMechanism mechanism, int sums, double rate, double bitVariance = 3)
        => ClientPrivacyPlan.Create(Budget, mechanism, Dimension, sums, Clients, dropouts: 1, colluders: 1, new ClientPrivacyParts
        {
            AdaptiveClip = new AdaptiveClipTerms(quantile: 0.5, rate, bitVariance),
        });

    private static InProcessFederationSetup Setup(HeContext? context, UpdateTerms update, int rounds, bool missing, double move, PrivacyBudget? budget = null)
    {
        ILocalTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new GradualTrainer(move))];
        InProcessFederationSetup setup = SmallFederation.Setup(
            context, update, new ClientPrivacy(budget ?? Budget), trainers, Dimension, smallest: Clients - update.Privacy!.Dropouts, missing);
        return setup with { Settings = setup.Settings with { Rounds = rounds } };
    }
}
