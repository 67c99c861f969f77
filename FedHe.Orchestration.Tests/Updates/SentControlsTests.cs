using FedHe.Crypto.Identities;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Tests.Updates;

/// <summary>A client remembers its uploads since its model, as many as the limits say, and moves by the one that a list names.</summary>
public sealed class SentControlsTests
{
    private static readonly ClientId Client = new("c1");

    [Fact]
    public void Sum_OfARoundThatWasGivenUp_MovesTheControlByItsUpload()
    {
        // With a committee round 2 may be given up, and round 3 begins from the same model.
        ControlKeeper keeper = Keeper();
        keeper.Sent.Add(Sent(2, 1, value: 5));
        keeper.Sent.Add(Sent(3, 1, value: 7));

        keeper.Open(ListOf(2, 1), Client).Should().BeFalse();

        keeper.Own.Values[0].Should().Be(5);
        keeper.IsLost.Should().BeFalse();

        // What was sent from the earlier model is no part of any later sum, and would move the control from where it was.
        keeper.Open(ListOf(3, 1), Client).Should().BeTrue();
        keeper.Own.Values[0].Should().Be(5);
        keeper.IsLost.Should().BeTrue();
        keeper.Open(ListOf(4, 1), Client).Should().BeFalse("it is told once");
    }

    [Fact]
    public void Sum_WithoutTheClient_MovesNothing()
    {
        ControlKeeper keeper = Keeper();
        keeper.Sent.Add(Sent(2, 1, value: 5));
        keeper.Open(ListOf(2, 1), new ClientId("c2")).Should().BeFalse();
        keeper.Own.Values[0].Should().Be(0);
        keeper.Sent.Slots.Should().BeEmpty();
    }

    [Fact]
    public void Uploads_BeyondTheLimits_AreForgottenFromTheOldest()
    {
        var sent = new SentControls();
        for (int attempt = 1; attempt <= 6; attempt++)
        {
            sent.Add(Sent(1, attempt, value: attempt));
        }

        sent.Slots.Select(slot => slot.Attempt).Should().Equal(3, 4, 5, 6);
        sent.Trainings.Select(after => after.Values[0]).Should().Equal(3, 4, 5, 6);
        for (int attempt = 7; attempt <= 80; attempt++)
        {
            sent.Add(Sent(1, attempt, value: 6));
        }

        sent.Slots.Select(slot => slot.Attempt).Should().Equal(Enumerable.Range(17, ControlFormat.MostUploads));
        sent.Trainings.Should().ContainSingle("uploads of one training share what follows").Which.Values[0].Should().Be(6);
        sent.Slots.Select(slot => slot.IsFirst).Should().Equal(Enumerable.Range(0, ControlFormat.MostUploads).Select(i => i == 0));
    }

    private static ControlKeeper Keeper() => new(ControlVariate.Zero(1), ControlVariate.Zero(1));

    private static SentControl Sent(int round, int attempt, float value) => new(round, attempt, Nonce(round, attempt), ControlVariate.TryCreate([value])!);

    private static Digest Nonce(int round, int attempt) => Digest.Compute([(byte)round, (byte)attempt]);

    private static ContributorList ListOf(int round, int attempt) => new(round, attempt, 1, default, [new Contributor(Client, 1, Nonce(round, attempt))], [], default, []);
}
