using FedHe.Crypto.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>A client keeps a row of correlated noise exactly where a list has the upload that it was prepared for, and draws anew for every attempt.</summary>
public sealed class CorrelatedFederationTests : IDisposable
{
    private readonly FastProtector _protector = new();

    [Fact]
    public async Task Retry_InMidSequence_HasNewNoiseOfTheSameRowAndIsChargedBesideIt()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using RoundKeyLab lab = await CreateAsync(CorrelationTermsTests.Gradients(), privacy);
        Digest chain = await OpenAsync(lab);

        await lab.TrainAgainAsync(round: 2, attempt: 1, chain);
        await lab.TrainAgainAsync(round: 2, attempt: 2, chain);
        FederationClient client = lab.Bench.Clients[0];
        client.Privacy!.Charges.Should().Equal(Sequence(1), new PrivacyCharge(2, 3, 1), new PrivacyCharge(2, 3, 1));
        chain = await OpenAsync(lab);

        client.Privacy!.Charges.Should().Equal(Sequence(1), new PrivacyCharge(2, 3, 1));
        long[][] rows = RowsOf(privacy, client: 0);
        rows[1].Should().NotEqual(rows[2], "each attempt has noise of its own");
        privacy.Mechanisms.Should().AllSatisfy(mechanism => mechanism.Rows.Should().Be(2));
        lab.Bench.Trainers[0].Results.Select(result => result.Task.Part).Should().Equal(new RecordPart(0, 3), new RecordPart(1, 3));

        // The third row takes back the noise of the second attempt, which the list named.
        await lab.TrainAgainAsync(round: 3, attempt: 1, chain);
        privacy.Made[^4..].Should().AllSatisfy(made => made.Row.Should().Be(2));
    }

    [Fact]
    public async Task Retry_BeyondTheAttemptsOfTheTerms_BeginsAnotherSequence()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using RoundKeyLab lab = await CreateAsync(CorrelationTermsTests.Gradients(attempts: 1), privacy);
        Digest chain = await OpenAsync(lab);

        await lab.TrainAgainAsync(round: 2, attempt: 1, chain);
        await lab.TrainAgainAsync(round: 2, attempt: 2, chain);
        await OpenAsync(lab);

        privacy.Made.Select(made => made.Row).Should().Equal(0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0);
        lab.Bench.Clients.Should().AllSatisfy(client => client.Privacy!.Charges.Should().Equal(Sequence(1), new PrivacyCharge(2, 3, 1), Sequence(2)));
        privacy.Mechanisms.Should().AllSatisfy(mechanism => mechanism.Rows.Should().Be(1));
    }

    [Fact]
    public async Task Client_WhoseBudgetEndsInTheMiddleOfARetry_SendsNothingAndKeepsItsModel()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using RoundKeyLab lab = await CreateAsync(CorrelationTermsTests.Gradients(epsilon: 3), privacy);
        Digest chain = await OpenAsync(lab);
        await lab.TrainAgainAsync(round: 2, attempt: 1, chain);
        FederationClient client = lab.Bench.Clients[0];

        IReadOnlyList<ReadOnlyMemory<byte>> answers = await client.ReceiveAsync(
            lab.Bench.FromServer(new Invitation(lab.Bench.Slot(0, round: 2, attempt: 2), chain, 1)));

        answers.Should().BeEmpty();
        (client.LastIgnored, client.ModelRound, client.Privacy!.IsExhausted).Should().Be((IgnoredReason.BudgetSpent, 1, true));
        privacy.Made.Should().HaveCount(8, "no other noise for the same gradient without paying");
    }

    [Fact]
    public async Task List_OfAnEarlierAttemptThanAClientPrepared_LeavesItWithoutNoiseUntilAnotherSequence()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using RoundKeyLab lab = await CreateAsync(CorrelationTermsTests.Gradients(), privacy);
        VerifiableAggregate first = lab.HonestSum();
        await lab.TrainAgainAsync(attempt: 2);

        (await lab.DeliverAsync(first)).Should().BeNull();

        privacy.Mechanisms[0].Rows.Should().Be(0);
        FederationClient client = lab.Bench.Clients[0];
        client.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 3, 1), Sequence(1));
        await IsWithoutNoiseAsync(lab, first.List.Chain);
    }

    [Fact]
    public async Task List_WithTheUploadOfAnEarlierLife_LeavesAClientWithoutNoiseUntilAnotherSequence()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using RoundKeyLab lab = await CreateAsync(CorrelationTermsTests.Gradients(), privacy);
        VerifiableAggregate first = lab.HonestSum();

        // The host went back to a state from before the upload, and the client prepares the attempt once more.
        lab.Bench.Clients[0] = new FederationClient(lab.Bench.ClientSetup(0));
        (await lab.Bench.Clients[0].ReceiveAsync(lab.Bench.FromServer(new Invitation(lab.Bench.Slot(0), lab.Bench.Job.StartDigest, 1)))).Should().ContainSingle();
        (await lab.DeliverAsync(first)).Should().BeNull();

        privacy.Mechanisms[^1].Rows.Should().Be(0, "the sum has other noise than this life's");
        await IsWithoutNoiseAsync(lab, first.List.Chain);
    }

    [Fact]
    public async Task Client_ThatComesLate_CountsTheSameAndHasNoNoise()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using RoundKeyLab lab = await CreateAsync(CorrelationTermsTests.Gradients(), privacy);
        VerifiableAggregate first = lab.HonestSum();
        lab.Bench.Clients[0] = new FederationClient(lab.Bench.ClientSetup(0));

        (await lab.DeliverAsync(first)).Should().BeNull();

        lab.Bench.Clients[0].Privacy!.Charges.Should().Equal(Sequence(1));
        await IsWithoutNoiseAsync(lab, first.List.Chain);
    }

    [Fact]
    public async Task Client_InWhosePartARoundIsNot_SendsItsNoiseAloneWithoutTraining()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using RoundKeyLab lab = await CreateAsync(CorrelationTermsTests.Differences(), privacy);

        lab.Bench.Trainers.Select(trainer => trainer.Results.Count).Should().Equal(1, 0, 0, 1);
        foreach (int index in (int[])[1, 2])
        {
            privacy.Made[index].Values.Should().OnlyContain(value => value == privacy.Made[index].Values[0], "there are zeros beside the noise");
        }

        privacy.Made[0].Values.Should().Contain(value => value != privacy.Made[0].Values[0]);

        // Another attempt, whose sum may have been published, is no reason to train either.
        await lab.Bench.Clients[1].ReceiveAsync(
            lab.Bench.FromServer(new Invitation(lab.Bench.Slot(1, attempt: 2), lab.Bench.Job.StartDigest, 1, wasPublished: true)));
        lab.Bench.Trainers[1].Results.Should().BeEmpty();
        privacy.Made.Should().HaveCount(5);
    }

    [Fact]
    public async Task Client_ThatIsDisposed_ZeroesItsNoise()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using RoundKeyLab lab = await CreateAsync(CorrelationTermsTests.Gradients(), privacy);

        lab.Bench.Clients[0].Dispose();

        privacy.Mechanisms[0].IsDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task Client_ThatIsRestored_KeepsTheRowThatItPrepared()
    {
        var privacy = new FakeCorrelatedPrivacy();
        using TestBench bench = await TestBench.CreateAsync(CorrelationTermsTests.Options(CorrelationTermsTests.Gradients(), privacy) with { Protector = _protector });
        byte[] invitation = bench.FromServer(PrivacyFederationTests.InvitationOf(bench));
        ClientStep step = await bench.Clients[0].HandleAsync(invitation);

        bench.Clients[0] = FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray());
        (await bench.Clients[0].ReceiveAsync(invitation)).Should().ContainSingle("the same bytes are sent again");

        privacy.Made.Should().ContainSingle();
        Action stranger = () => FederationClient.Restore(bench.ClientSetup(1), step.State!.ToArray());
        stranger.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Tampered);
    }

    public void Dispose() => _protector.Dispose();

    private static PrivacyCharge Sequence(int round) => new(round, 4, 1) { IsSequence = true };

    private static Task<RoundKeyLab> CreateAsync(PrivacyTerms terms, FakeCorrelatedPrivacy privacy)
        => RoundKeyLab.CreateWithUploadsAsync(CorrelationTermsTests.Options(terms, privacy) with { Rounds = 6 });

    /// <summary>Delivers the sum of all uploads to all clients, and returns the digest of their chain.</summary>
    private static async Task<Digest> OpenAsync(RoundKeyLab lab)
    {
        VerifiableAggregate sum = lab.HonestSum();
        for (int i = 0; i < lab.Bench.Clients.Count; i++)
        {
            (await lab.DeliverAsync(sum, i)).Should().BeNull();
        }

        return sum.List.Chain;
    }

    private static long[][] RowsOf(FakeCorrelatedPrivacy privacy, int client) => [.. privacy.Made.Where((_, i) => i % 4 == client).Select(made => made.Values)];

    private static async Task IsWithoutNoiseAsync(RoundKeyLab lab, Digest chain)
    {
        FederationClient client = lab.Bench.Clients[0];
        (await client.ReceiveAsync(lab.Bench.FromServer(new Invitation(lab.Bench.Slot(0, round: 2, attempt: 1), chain, 1)))).Should().BeEmpty();
        client.LastIgnored.Should().Be(IgnoredReason.NoiseLost);

        // An attempt that begins another sequence needs no noise of earlier rounds.
        (await client.ReceiveAsync(lab.Bench.FromServer(new Invitation(lab.Bench.Slot(0, round: 2, attempt: 3), chain, 1)))).Should().ContainSingle();
        client.LastIgnored.Should().BeNull();
    }
}
