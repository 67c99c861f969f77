using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Correlation;
using FedHe.Privacy.Federation.Mechanisms;
using FedHe.Privacy.Federation.Planning;

namespace FedHe.Privacy.Federation.Tests;

/// <summary>A killed client goes on with its rows, and a client whose noise disagrees with the lists stays away until another sequence begins.</summary>
public sealed class RestoredSequenceTests
{
    private const int Dimension = 10_000;
    private const int Clients = 4;
    private static readonly PrivacyBudget Budget = PrivacyBudget.ForRecords(RecordForm.DistributedGradient, epsilon: 8, delta: 1e-5, clip: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Clients_ThatAreKilledBehindEveryMessage_HaveTheSameRows(bool committee)
    {
        UpdateTerms update = Terms(1, 1, dropouts: 0);
        using HandFederation federation = await CreateAsync(update, rounds: 5, committee: committee);
        federation.Behind = (message, client) =>
        {
            if (message.Kind is MessageKind.Invitation or MessageKind.Aggregate)
            {
                federation.Restart(client, federation.States[client]);
            }
        };

        await federation.RunAsync();

        federation.Models.Keys.Should().Equal(1, 2, 3, 4, 5);
        SequenceStatistics.Check(SequenceStatistics.SumsOf(federation.Models, update, Clients), SequenceStatistics.PlanOf(update, Dimension), Clients);
        federation.Clients.Should().AllSatisfy(client => client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, Clients, 1) { IsSequence = true }));
    }

    [Fact]
    public async Task State_ThatIsOlderThanTheNewest_IsRefused()
    {
        using HandFederation federation = await CreateAsync(Terms(1, 1, dropouts: 0), rounds: 3);
        byte[]? older = null;
        federation.Behind = (message, client) => older = client == 0 && message is { Kind: MessageKind.Aggregate, Round: 1 } ? federation.States[0] : older;
        await federation.RunAsync();
        StateStamp.TryRead(federation.States[0], out StateStamp? newest).Should().BeTrue();
        Action restore = () => FederationClient.Restore(federation.SetupOf(0), older!, newest);

        restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Outdated);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_ThatWentBackOrBeganWithoutAState_StaysAwayUntilAllBeginAnotherSequence(bool beginsAnew)
    {
        UpdateTerms update = Terms(sequences: 2, beside: 2, dropouts: 1);
        using HandFederation federation = await CreateAsync(update, rounds: 6, smallest: 3);
        byte[]? older = null;
        int restarts = 0;
        federation.Behind = (message, client) =>
        {
            if (client == 3 && message.Kind == MessageKind.Aggregate && restarts == 0)
            {
                older ??= federation.States[3];
                if (message.Round == 2)
                {
                    // Its noise of the second row is lost.
                    restarts++;
                    federation.Restart(3, beginsAnew ? null : older);
                }
            }
        };

        await federation.RunAsync();

        federation.Ignored.Where(one => one.Reason == IgnoredReason.NoiseLost).Should().NotBeEmpty().And.OnlyContain(one => one.Client == 3);
        federation.Clients.Should().AllSatisfy(client => client.Privacy!.Charges.Should().Equal(
            new PrivacyCharge(1, 4, 1) { IsSequence = true }, new PrivacyCharge(3, 3, 1), new PrivacyCharge(4, 4, 1) { IsSequence = true }));
        double[][] sums = SequenceStatistics.SumsOf(federation.Models, update, Clients);
        SequenceStatistics.Check(sums[..2], SequenceStatistics.PlanOf(update, Dimension), Clients);
        SequenceStatistics.Check(sums[3..], SequenceStatistics.PlanOf(update, Dimension), Clients);
    }

    [Theory]
    [InlineData("own", null)]
    [InlineData("client", StateError.NotUnprotected)]
    [InlineData("plan", StateError.Inconsistent)]
    [InlineData("older", StateError.Inconsistent)]
    [InlineData("newer", StateError.Inconsistent)]
    [InlineData("cut", StateError.Inconsistent)]
    [InlineData("stamp", StateError.Inconsistent)]
    [InlineData("nothing", StateError.Inconsistent)]
    public void Noise_OfAnotherClientPlanOrRow_IsRefusedByName(string what, StateError? expected)
    {
        UpdateTerms update = Terms(1, 1, dropouts: 0);
        UpdateTerms other = Terms(1, 2, dropouts: 0);
        using var protector = new FastProtector();
        using var first = CorrelatedGradientMechanism.Of(update.Privacy!, update.Integers!, Dimension);
        using var second = CorrelatedGradientMechanism.Of((what == "plan" ? other : update).Privacy!, (what == "plan" ? other : update).Integers!, Dimension);
        for (int row = 0; row < 2; row++)
        {
            first.AddNoise(new long[Dimension], new long[Dimension]);
            first.Keep();
        }

        byte[] saved = first.Save(protector, "client 1"u8);
        saved = what switch { "cut" => saved[..^1], "nothing" => [], _ => saved };
        if (what == "stamp")
        {
            // A later version of the same life than the noise behind it.
            saved[PrivacyStampVersion]++;
        }

        Action restore = () => second.Restore(
            saved, protector, what == "client" ? "client 2"u8 : "client 1"u8, rows: what switch { "older" => 3, "newer" => 1, _ => 2 });

        if (expected is null)
        {
            restore();
            second.Rows.Should().Be(2);
        }
        else
        {
            restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(expected);
            second.Rows.Should().Be(0);
        }
    }

    [Fact]
    public void Noise_ThatIsRestored_TakesBackWhatTheRowsBeforeHave()
    {
        UpdateTerms update = Terms(1, 1, dropouts: 0);
        CorrelatedNoisePlan plan = SequenceStatistics.PlanOf(update, Dimension);
        using var protector = new FastProtector();
        var mechanism = CorrelatedGradientMechanism.Of(update.Privacy!, update.Integers!, Dimension);
        List<double[]> rows = [];
        for (int row = 0; row < 5; row++)
        {
            var noise = new long[Dimension];
            mechanism.AddNoise(new long[Dimension], noise);
            rows.Add([.. noise.Select(value => (double)value)]);

            // Killed between the upload and its sum.
            byte[] saved = mechanism.Save(protector, "client"u8);
            int kept = mechanism.Rows;
            mechanism.Dispose();
            mechanism = CorrelatedGradientMechanism.Of(update.Privacy!, update.Integers!, Dimension);
            mechanism.Restore(saved, protector, "client"u8, kept);
            mechanism.Keep();
        }

        mechanism.Dispose();
        SequenceStatistics.Check(rows, plan, contributors: 1);
    }

    // Behind the life and its name, of eight bytes.
    private const int PrivacyStampVersion = 4 + 16;

    private static UpdateTerms Terms(int sequences, int beside, int dropouts) => RecordPrivacyPlan.ForCorrelatedGradients(
        Budget,
        new CorrelationRequirements { Rounds = 6, Separation = 3, Sequences = sequences, SumsBeside = beside, DenominatorBits = 6 },
        Dimension,
        Clients,
        dropouts,
        colluders: 1,
        learningRate: 0.5,
        recordsOfPart: 4).Update;

    private static Task<HandFederation> CreateAsync(UpdateTerms update, int rounds, int? smallest = null, bool committee = false)
        => HandFederation.CreateAsync(new HandOptions
        {
            Update = update,
            Privacy = new RecordPrivacy(Budget),
            Trainers = [.. Enumerable.Range(0, Clients).Select(_ => new RecordTrainer(gradient: 0, records: 12))],
            Dimension = Dimension,
            Rounds = rounds,
            Smallest = smallest,
            HasCommittee = committee,
        });
}
