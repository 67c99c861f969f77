using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Client;

/// <summary>A client trains once for a round, unless a sum with its result was published.</summary>
public sealed class KeptResultTests
{
    [Theory]
    [InlineData(JobProtection.Direct)]
    [InlineData(JobProtection.RoundKeys)]
    public async Task Client_InvitedToAnotherAttempt_EncryptsAnewWithoutTraining(JobProtection protection)
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks", Protection = protection });
        Invitation first = InvitationOf(bench);
        FederationClient client = bench.Clients[0];
        ReadOnlyMemory<byte> upload = (await client.ReceiveAsync(bench.FromServer(first))).Single();

        ReadOnlyMemory<byte> second = (await client.ReceiveAsync(bench.FromServer(first with { Slot = bench.Slot(0, attempt: 2) }))).Single();

        bench.Trainers[0].Results.Should().ContainSingle();
        ((Upload)bench.Parse(second)).Slot.Attempt.Should().Be(2);
        second.ToArray().Should().NotEqual(upload.ToArray());
        client.UnacknowledgedUpload!.Value.ToArray().Should().Equal(second.ToArray());
    }

    [Fact]
    public async Task Client_WhoseResultMayBePartOfAPublishedSum_TrainsAnewForAnotherAttempt()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys });
        Invitation first = InvitationOf(bench);
        await bench.Clients[0].ReceiveAsync(bench.FromServer(first));

        await bench.Clients[0].ReceiveAsync(bench.FromServer(first with { Slot = bench.Slot(0, attempt: 2), WasPublished = true }));

        bench.Trainers[0].Results.Select(result => result.Task.Attempt).Should().Equal(1, 2);
    }

    [Fact]
    public async Task Client_ThatAnsweredASumOfTheRound_TrainsAnewForAnotherAttempt()
    {
        using RoundKeys.RoundKeyLab lab = await RoundKeys.RoundKeyLab.CreateWithUploadsAsync();
        RoundKeys.RoundKeyLab.Part[] parts = lab.All;
        await lab.DeliverAsync(lab.Sum(parts, tags: parts[1..]));
        lab.Bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.BadTag);
        var invitation = new Invitation(lab.Bench.Slot(0, attempt: 2), lab.Attempt.Base, lab.Attempt.ReferenceWeight);

        await lab.Bench.Clients[0].ReceiveAsync(lab.Bench.FromServer(invitation));

        lab.Bench.Trainers[0].Results.Should().HaveCount(2, "the server does not say that the sum was published");
    }

    [Fact]
    public async Task Client_InvitedToTheSameAttemptInOtherWords_SendsNothing()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Protection = JobProtection.RoundKeys });
        Invitation first = InvitationOf(bench);
        await bench.Clients[0].ReceiveAsync(bench.FromServer(first));

        (await bench.Clients[0].ReceiveAsync(bench.FromServer(first with { ReferenceWeight = first.ReferenceWeight - 1 }))).Should().BeEmpty();

        bench.Clients[0].LastIgnored.Should().Be(IgnoredReason.Contradiction);
    }

    [Fact]
    public async Task Server_ThatTookASumBack_SaysSoInItsInvitations()
    {
        using RoundKeys.RoundKeyLab lab = await RoundKeys.RoundKeyLab.CreateWithUploadsAsync();
        TestBench bench = lab.Bench;
        lab.Close();
        List<OutgoingMessage> messages = [];
        Confirmation named = new(bench.JobId, bench.Clients[0].Client, 1, lab.HonestSum().List.Chain);
        foreach (Orchestration.Identities.ClientIdentity identity in bench.Identities.Take(3))
        {
            messages.AddRange(bench.Server.Receive(MessageFormat.WriteSigned(
                new Objection(bench.JobId, identity.Client, 1, named.Chain), bench.Context.ParametersId, identity)));
        }

        Invitation[] invitations = [.. messages.Where(message => message.Kind == MessageKind.Invitation).Select(message => (Invitation)bench.Parse(message.Bytes))];

        invitations.Should().HaveCount(4).And.OnlyContain(invitation => invitation.WasPublished && invitation.Slot.Attempt == 2 && invitation.Slot.Round == 1);
        using FederationServer resumed = bench.Restore(bench.SaveState());
        resumed.MoveOn();
        var again = (Invitation)bench.Parse(resumed.Receive(bench.Clients[0].Announce())[^1].Bytes);
        again.WasPublished.Should().BeTrue();
    }

    [Fact]
    public async Task Client_WhoseResultCannotBeEncrypted_TrainsAgain()
    {
        using TestBench bench = await TestBench.CreateAsync();
        var trainer = new FakeTrainer(double.NaN, samples: 5);
        var client = new FederationClient(bench.ClientSetup(0) with { Trainer = trainer });
        byte[] invitation = bench.FromServer(InvitationOf(bench));
        Func<Task> act = () => client.ReceiveAsync(invitation);

        await act.Should().ThrowAsync<MLBridge.Errors.ModelValueException>();
        await act.Should().ThrowAsync<MLBridge.Errors.ModelValueException>();

        trainer.Results.Should().HaveCount(2);
    }

    private static Invitation InvitationOf(TestBench bench)
        => (Invitation)bench.Parse(bench.StartWithAll().First(message => message.Recipient == new ClientId("c1") && message.Kind == MessageKind.Invitation).Bytes);
}
