using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.RoundKeys;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Privacy;

/// <summary>
/// A client is killed and restarted between the noise and the upload. Two sums with two noisings of one difference, averaged, would halve the noise: a
/// server gets none that is not charged.
/// </summary>
public sealed class NoisedTwiceAttackTests : IDisposable
{
    private readonly FastProtector _protector = new();
    private readonly FakePrivacy _privacy = new();

    [Fact]
    public async Task Client_KilledAfterItsStateWasSaved_SendsTheSameBytesAndMakesNoOtherNoise()
    {
        using TestBench bench = await TestBench.CreateAsync(Options());
        byte[] invitation = bench.FromServer(PrivacyFederationTests.InvitationOf(bench));
        ClientStep step = await bench.Clients[0].HandleAsync(invitation);
        byte[] upload = step.Messages.Single().ToArray();

        FederationClient resumed = FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray());

        resumed.Unacknowledged.Single().ToArray().Should().Equal(upload);
        (await resumed.ReceiveAsync(invitation)).Single().ToArray().Should().Equal(upload, "it never noises twice for one attempt");
        _privacy.Made.Should().ContainSingle();
        resumed.Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 3, 1));
    }

    [Fact]
    public async Task Client_KilledBetweenTwoAttempts_MakesOtherNoiseForTheSecondAndBothAreCharged()
    {
        using RoundKeyLab lab = await RoundKeyLab.CreateAsync(Options());
        TestBench bench = lab.Bench;
        IReadOnlyList<Orchestration.Server.OutgoingMessage> invitations = bench.StartWithAll();
        byte[] invitation = bench.FromServer((Invitation)bench.Parse(invitations.First(message => message.Kind == MessageKind.Invitation).Bytes));
        ClientStep step = await bench.Clients[0].HandleAsync(invitation);
        bench.Clients[0] = FederationClient.Restore(bench.ClientSetup(0), step.State!.ToArray());

        await lab.TrainAgainAsync(attempt: 2);
        (await lab.DeliverAsync(lab.HonestSum())).Should().BeNull();

        _privacy.Made.Should().HaveCount(5);
        _privacy.Made[0].Should().NotEqual(_privacy.Made[1], "each release has noise of its own");
        bench.Trainers[0].Results.Should().ContainSingle("the training was kept");
        bench.Clients[0].Privacy!.Charges.Should().Equal(new PrivacyCharge(1, 3, 1), new PrivacyCharge(1, 4, 1));
    }

    [Fact]
    public async Task Server_WithTwoNoisingsOfOneAttempt_HasOneOpened()
    {
        // The host lost the state of the first step although its upload had left: it breaks docs/operations.md.
        using RoundKeyLab lab = await RoundKeyLab.CreateWithUploadsAsync(Options());
        TestBench bench = lab.Bench;
        RoundKeyLab.Part[] parts = lab.All;
        var invitation = new Invitation(bench.Slot(0), lab.Attempt.Base, lab.Attempt.ReferenceWeight);
        var forgetful = new FederationClient(bench.ClientSetup(0));
        ReadOnlyMemory<byte> upload = (await forgetful.ReceiveAsync(bench.FromServer(invitation))).Single();
        RoundKeyLab.Part second = lab.PartOf(ProtectedUpdate.TryRead(((Upload)bench.Parse(upload)).Update)!, forgetful.Client);
        _privacy.Made.Should().HaveCount(5, "the attack has what it needs");

        bench.Server.Receive(lab.Messages[0]);
        bench.ReasonIn(bench.Server.Receive(upload)).Should().Be(RefusalReason.ConflictingDuplicate, "an honest server takes one");
        (await lab.DeliverAsync(lab.Sum(parts), index: 1)).Should().BeNull();
        double[] model = TestModel.Flat(bench.Clients[1].GlobalModel);
        (await lab.DeliverAsync(lab.Sum([second, .. parts[1..]]), index: 1)).Should().NotBeNull("a dishonest one has one list of an attempt opened");

        TestModel.Flat(bench.Clients[1].GlobalModel).Should().Equal(model);
    }

    public void Dispose() => _protector.Dispose();

    private BenchOptions Options() => PrivacyTermsTests.Options(_privacy) with { Protector = _protector };
}
