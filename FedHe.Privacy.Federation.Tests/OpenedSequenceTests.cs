using FedHe.Crypto;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Transport;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Correlation;
using FedHe.Privacy.Federation.Planning;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Releases;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>The noise in the opened sums of a sequence has the promised covariance, and sequences, deviations and records are counted and used as the terms say.</summary>
public sealed class OpenedSequenceTests
{
    private const int Dimension = 10_000;
    private const int Clients = 4;
    private static readonly PrivacyBudget Records = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, epsilon: 8, delta: 1e-5, clip: 1);
    private static readonly PrivacyBudget Units = PrivacyBudget.ForClients(epsilon: 8, delta: 1e-5, clip: 1);

    [Theory]
    [InlineData("committee", true)]
    [InlineData("plain", true)]
    [InlineData("ckks-exact", true)]
    [InlineData("committee", false)]
    [InlineData("plain", false)]
    public async Task Noise_InTheOpenedSumsOfASequence_HasThePromisedCovariance(string scheme, bool records)
    {
        UpdateTerms update = records ? Gradients() : Differences();
        ILocalTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => records ? (ILocalTrainer)new RecordTrainer(gradient: 0, records: 12) : new GradualTrainer(0))];
        using HeContext? context = SmallFederation.ContextOf(scheme);
        InProcessFederationSetup setup = SmallFederation.Setup(
            context, update, records ? new RecordPrivacy(Records) : new ClientPrivacy(Units), trainers, Dimension, smallest: Clients);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup with { Settings = setup.Settings with { Rounds = 6 } });
        var models = new SortedDictionary<int, double[]>();
        await foreach (RoundResult round in federation.RunAsync())
        {
            models.Add(round.Report.Round, round.Model!.Parameters.Get<double>("w").ToArray());
        }

        models.Should().HaveCount(6);
        double[][] sums = SequenceStatistics.SumsOf(models, update, Clients);
        CorrelatedNoisePlan plan = SequenceStatistics.PlanOf(update, Dimension);
        plan.Correlation.Coefficients[1].Should().BeNegative("later rounds take noise back");
        SequenceStatistics.Check(sums, plan, Clients);
        sums.Should().AllSatisfy(sum => sum.Should().OnlyContain(value => Math.Abs(value - Math.Round(value)) < 1e-3, "the sum is one of integers"));
        federation.Clients.Should().AllSatisfy(client => client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, Clients, 1) { IsSequence = true }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Records_OfEveryClient_TakeTurnsAsTheirPlacesSay(bool committee)
    {
        RecordTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new RecordTrainer(gradient: 30, records: 11))];
        using HandFederation federation = await CreateAsync(Gradients(), new RecordPrivacy(Records), trainers, committee, rounds: 6);

        await federation.RunAsync();

        trainers.Should().AllSatisfy(trainer => trainer.Tasks.Select(task => task.Part).Should().Equal(
            Enumerable.Range(0, 6).Select(index => (RecordPart?)new RecordPart(index % 3, 3))));
        double[][] sums = SequenceStatistics.SumsOf(federation.Models, federation.Job.Update, Clients);
        CorrelatedNoisePlan plan = SequenceStatistics.PlanOf(federation.Job.Update, Dimension);
        for (int row = 0; row < 6; row++)
        {
            // Of 11 records the parts have 4, 4 and 3.
            double expected = -Clients * 30 * (row % 3 == 2 ? 3 : 4) * plan.Correlation.Denominator;
            sums[row].Average().Should().BeApproximately(expected, 6 * Math.Sqrt(SequenceStatistics.Covariance(plan, row, row, Clients) / Dimension));
            sums[row] = [.. sums[row].Select(value => value - expected)];
        }

        SequenceStatistics.Check(sums, plan, Clients);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clients_TakeTurnsByTheirPlacesInTheRosterAndTrainInNoOtherRound(bool committee)
    {
        GradualTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new GradualTrainer(0.1))];
        using HandFederation federation = await CreateAsync(Differences(), new ClientPrivacy(Units), trainers, committee, rounds: 6);

        await federation.RunAsync();

        trainers.Select(trainer => trainer.Rounds).Should().BeEquivalentTo(
            new int[][] { [1, 4], [2, 5], [3, 6], [1, 4] }, options => options.WithStrictOrdering(), "c4 has the fourth place, and there are three parts");
        UpdateTerms update = federation.Job.Update;
        double[][] sums = SequenceStatistics.SumsOf(federation.Models, update, Clients);
        CorrelatedNoisePlan plan = SequenceStatistics.PlanOf(update, Dimension);
        double grid = update.Integers!.Step * plan.Correlation.Denominator / 3;
        for (int row = 0; row < 6; row++)
        {
            // Each difference has the norm of the clip.
            double expected = (row % 3 == 0 ? 2 : 1) / Math.Sqrt(Dimension) / grid * plan.Correlation.Denominator;
            sums[row].Average().Should().BeApproximately(expected, 7 * Math.Sqrt(SequenceStatistics.Covariance(plan, row, row, Clients) / Dimension));
        }
    }

    [Theory]
    [InlineData("all")]
    [InlineData("next")]
    [InlineData("parts")]
    public async Task Trainer_OfRecordsOutsideOfTheirRound_SendsNothingAndIsRefusedByName(string what)
    {
        var trainer = new RecordTrainer(gradient: 1, records: 12)
        {
            Report = sum => sum with { Part = what switch { "all" => null, "next" => new RecordPart(1, 3), _ => new RecordPart(0, 2) } },
        };
        ILocalTrainer[] trainers = [trainer, .. Enumerable.Range(0, 3).Select(_ => new RecordTrainer(gradient: 1, records: 12))];
        using HandFederation federation = await CreateAsync(Gradients(), new RecordPrivacy(Records), trainers, committee: false, rounds: 2);

        await federation.RunAsync();

        federation.Failures[0].Client.Should().Be(0);
        federation.Failures[0].Exception.Should().BeOfType<PrivacyRefusedException>().Which.Error.Should().Be(PrivacyRefusal.OtherPart);
        federation.Clients[0].Unacknowledged.Should().BeEmpty("nothing is released");
        federation.Models.Should().BeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sum_OfFewerClientsThanAll_IsChargedBesideItsSequenceAndAllBeginAnotherOne(bool committee)
    {
        RecordTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new RecordTrainer(gradient: 0, records: 12))];
        UpdateTerms update = Gradients(sequences: 2, beside: 2, dropouts: 1);
        using HandFederation federation = await CreateAsync(update, new RecordPrivacy(Records), trainers, committee, rounds: 7, smallest: 3);
        federation.Loses = (message, client) => message is { Kind: MessageKind.Upload, Round: 3 } && client == 3;

        await federation.RunAsync();

        PrivacyCharge[] expected = [new(1, 4, 1) { IsSequence = true }, new(3, 3, 1), new(4, 4, 1) { IsSequence = true }];
        federation.Clients.Should().AllSatisfy(client => client.Privacy!.Charges.Should().Equal(expected));
        double[][] sums = SequenceStatistics.SumsOf(federation.Models, update, Clients);
        CorrelatedNoisePlan plan = SequenceStatistics.PlanOf(update, Dimension);
        SequenceStatistics.Check(sums[..2], plan, Clients);
        SequenceStatistics.Check(sums[3..], plan, Clients);
        PrivacyAccountant accountant = new RecordPrivacy(Records).AccountantOf(federation.Job, federation.Clients[0].Privacy!);
        accountant.Entries.Select(entry => entry.Release.GetType()).Should().Equal(typeof(MatrixRelease), typeof(DiscreteGaussianRelease), typeof(MatrixRelease));
        accountant.Entries[1].Release.As<DiscreteGaussianRelease>().NoiseMultiplier
            .Should().BeLessThanOrEqualTo(plan.DescribeDeviation(3).NoiseMultiplier, "the round is paid for as independent noise of the variance that was added");
        accountant.SpentEpsilon.Should().BeApproximately(federation.Clients[0].Privacy!.Epsilon, 1e-9);
        accountant.Entries.Select(entry => entry.Purpose).Should().Equal(
            "from round 1 on, sequence of up to 6 sums of 4 clients", "round 3, sum of at least 3 clients beside a sequence", "from round 4 on, sequence of up to 6 sums of 4 clients");
    }

    [Fact]
    public async Task Round_ThatTheCommitteeGaveUp_IsChargedBesideItsSequenceAndAllBeginAnotherOne()
    {
        RecordTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new RecordTrainer(gradient: 0, records: 12))];
        UpdateTerms update = Gradients(sequences: 2, beside: 2);
        using HandFederation federation = await CreateAsync(update, new RecordPrivacy(Records), trainers, committee: true, rounds: 5, maxAttempts: 1);
        federation.Loses = (message, _) => message is { Kind: MessageKind.ListOffer, Round: 3 };

        await federation.RunAsync();

        PrivacyCharge[] expected = [new(1, 4, 1) { IsSequence = true }, new(3, 4, 1), new(4, 4, 1) { IsSequence = true }];
        federation.Clients.Should().AllSatisfy(client => client.Privacy!.Charges.Should().Equal(expected));
        federation.Models.Keys.Should().Equal(1, 2, 4, 5);
        double[][] sums = SequenceStatistics.SumsOf(federation.Models, update, Clients);
        SequenceStatistics.Check(sums[..2], SequenceStatistics.PlanOf(update, Dimension), Clients);
        SequenceStatistics.Check(sums[2..], SequenceStatistics.PlanOf(update, Dimension), Clients);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Job_WhoseSequenceMayNotBeFollowedByAnother_StopsWithItsLastModel(bool committee)
    {
        RecordTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new RecordTrainer(gradient: 0, records: 12))];
        using HandFederation federation = await CreateAsync(Gradients(), new RecordPrivacy(Records), trainers, committee, rounds: 8);

        await federation.RunAsync();

        federation.Server.Outcome.Should().Be(FederationOutcome.QuorumNotReached);
        federation.Models.Keys.Should().Equal(1, 2, 3, 4, 5, 6);
        federation.Ignored.Should().Contain((0, IgnoredReason.BudgetSpent)).And.NotContain(one => one.Reason == IgnoredReason.NoiseLost);
        federation.Clients.Should().AllSatisfy(client =>
        {
            client.ModelRound.Should().Be(6);
            client.Privacy!.IsExhausted.Should().BeTrue();
            client.Privacy.Charges.Should().Equal(new PrivacyCharge(1, Clients, 1) { IsSequence = true });
        });
    }

    [Fact]
    public async Task Job_WhoseBudgetEndsWithADeviationInMidSequence_StopsWithItsLastModel()
    {
        RecordTrainer[] trainers = [.. Enumerable.Range(0, Clients).Select(_ => new RecordTrainer(gradient: 0, records: 12))];
        using HandFederation federation = await CreateAsync(
            Gradients(sequences: 1, beside: 1, dropouts: 1), new RecordPrivacy(Records), trainers, committee: false, rounds: 6, smallest: 3);
        federation.Loses = (message, client) => message is { Kind: MessageKind.Upload, Round: 3 } && client == 3;

        await federation.RunAsync();

        federation.Models.Keys.Should().Equal(1, 2, 3);
        federation.Clients.Should().AllSatisfy(client =>
        {
            client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 4, 1) { IsSequence = true }, new PrivacyCharge(3, 3, 1));
            client.Privacy.Epsilon.Should().BeInRange(0.99 * Records.Epsilon, Records.Epsilon);
            client.Privacy.IsExhausted.Should().BeTrue();
        });
    }

    private static UpdateTerms Gradients(int sequences = 1, int beside = 1, int dropouts = 0) => RecordPrivacyPlan.ForCorrelatedGradients(
        Records, Requirements(sequences, beside), Dimension, Clients, dropouts, colluders: 1, learningRate: 0.5, recordsOfPart: 4).Update;

    private static UpdateTerms Differences() => ClientPrivacyPlan.CreateCorrelated(Units, Requirements(1, 1), Dimension, Clients, dropouts: 0, colluders: 1).Update;

    private static CorrelationRequirements Requirements(int sequences, int beside)
        => new() { Rounds = 6, Separation = 3, Sequences = sequences, SumsBeside = beside, DenominatorBits = 6 };

    private static Task<HandFederation> CreateAsync(
        UpdateTerms update, IPrivacyProvider privacy, ILocalTrainer[] trainers, bool committee, int rounds, int? smallest = null, int maxAttempts = 3)
        => HandFederation.CreateAsync(new HandOptions
        {
            Update = update,
            Privacy = privacy,
            Trainers = trainers,
            Dimension = Dimension,
            Rounds = rounds,
            Smallest = smallest,
            MaxAttempts = maxAttempts,
            HasCommittee = committee,
        });
}
