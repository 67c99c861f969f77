using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A server says that rounds ended without sums, to take clients back, past their own model or onto a second history: a client goes
/// forward from its own model only.
/// </summary>
public sealed class SkippedRoundTests
{
    private const int Client = 3;

    [Fact]
    public async Task Client_GoesForwardFromItsOwnModelOnly()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Rounds = 5 });
        Digest start = lab.Bench.Job.StartDigest;
        Digest first = await CompleteRoundAsync(lab, round: 1, baseRound: 0, start);
        ImmutableArray<RelayedMemberKey> keys = await lab.RequestKeysAsync(round: 4);

        (await InviteAsync(round: 4, baseRound: 0, start)).Should().Be(IgnoredReason.Outdated, "the client has a later model");
        (await InviteAsync(round: 4, baseRound: 1, start)).Should().Be(IgnoredReason.WrongBaseModel);
        (await InviteAsync(round: 4, baseRound: 1, Digest.Compute("other"u8))).Should().Be(IgnoredReason.WrongBaseModel);
        (await InviteAsync(round: 4, baseRound: 4, first)).Should().Be(IgnoredReason.Malformed, "no round begins from itself");
        lab.Bench.Trainers[Client].Results.Should().ContainSingle("nothing was trained for any of them");
        (await InviteAsync(round: 4, baseRound: 1, first)).Should().BeNull("rounds may end without sums");
        ImmutableArray<RelayedMemberKey> later = keys;

        (await InviteAsync(round: 4, baseRound: 0, start, attempt: 2)).Should().Be(IgnoredReason.Outdated);
        keys = await lab.RequestKeysAsync(round: 5);
        (await InviteAsync(round: 5, baseRound: 1, first)).Should().BeNull();
        keys = later;
        (await InviteAsync(round: 4, baseRound: 1, first)).Should().Be(IgnoredReason.Outdated, "a client never goes back to an earlier round");
        lab.Bench.Clients[Client].ModelRound.Should().Be(1);

        async Task<IgnoredReason?> InviteAsync(int round, int baseRound, Digest @base, int attempt = 1)
            => (await lab.SendAsync(Client, lab.InvitationOf(Client, round, attempt, keys, baseRound, @base))).Ignored;
    }

    [Fact]
    public async Task Client_TrainsAnewForALaterRound_FromTheSameModel()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Rounds = 3 });
        await lab.InviteAsync(1, attempt: 1, await lab.RequestKeysAsync(round: 1));
        await lab.InviteAsync(1, attempt: 2, await lab.RequestKeysAsync(round: 1));
        lab.Bench.Trainers[Client].Results.Should().ContainSingle("an attempt without a list that was answered for needs no training of its own");

        await lab.InviteAsync(2, attempt: 1, await lab.RequestKeysAsync(round: 2));

        lab.Bench.Trainers[Client].Results.Select(result => result.Task.Round).Should().Equal(1, 2);
    }

    [Fact]
    public async Task SumThatLeavesTheClientsModelOut_IsOpenedByNobodyThatHasIt()
    {
        // All members are made believe that round 1 ended without a sum; one client has it.
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Rounds = 3 });
        using (lab)
        {
            Opening first = lab.Sum(attempt);
            (await lab.SendAsync(Client, lab.AggregateOf(first, await lab.AnswersAsync(first)))).ModelRound.Should().Be(1);
            LabAttempt fork = await lab.InviteAsync(2, attempt: 1, await lab.RequestKeysAsync(round: 2), clients: [0, 1, 2, 4]);
            Opening second = lab.Sum(fork);

            (await lab.DeliverAsync(Client, 2, lab.BoxesOf(second, Client))).Ignored.Should().Be(IgnoredReason.OtherHistory);
            (await lab.OfferAsync(Client, second.List)).Ignored.Should().Be(IgnoredReason.OtherHistory);
            ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(second, await lab.AnswersAsync(second, 0, 1, 2, 4)));

            (step.Ignored, step.ModelRound).Should().Be((IgnoredReason.OtherHistory, 1));
            lab.Bench.Clients[Client].Release.Should().Be(ModelRelease.MayBePublished);
        }
    }

    [Fact]
    public async Task AggregateOfARoundThatTheClientHas_IsNotOpenedAgain()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Rounds = 3 });
        LabAttempt attempt = await lab.InviteAsync(1, attempt: 1, await lab.RequestKeysAsync(round: 1));
        Opening other = lab.Sum(attempt, 0, 1, 2, 3);
        await lab.CompleteAsync(lab.Sum(attempt));

        (await lab.SendAsync(Client, lab.AggregateOf(other))).Ignored.Should().BeOneOf(IgnoredReason.Outdated, IgnoredReason.BadAggregate);
        (await lab.SendAsync(Client, lab.AggregateOf(other, lab.WrongAnswer(0, other.List)))).Ignored.Should().Be(IgnoredReason.Outdated);
    }

    /// <summary>Completes a round with all clients, and returns the digest of the chain.</summary>
    private static async Task<Digest> CompleteRoundAsync(CommitteeLab lab, int round, int baseRound, Digest start)
        => await lab.CompleteAsync(
            lab.Sum(await lab.InviteAsync(round, attempt: 1, await lab.RequestKeysAsync(round), baseRound, start)));
}
