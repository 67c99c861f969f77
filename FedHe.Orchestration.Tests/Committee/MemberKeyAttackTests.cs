using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A client seals shares to keys only that a quorum of members signed for this round, and such a key does not outlive its round.</summary>
public sealed class MemberKeyAttackTests
{
    private const int Client = 4;

    private static readonly string[] Changes =
    [
        "of the round before", "of a later round", "of another epoch", "of another job", "fewer than the quorum", "none", "one twice", "other order",
        "key of no member", "member's name on another key", "flipped key", "forged signature", "not a point",
    ];

    [Fact]
    public async Task InvitationWithOtherKeys_IsIgnored()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Rounds = 3, Members = [0, 1, 2, 3] });
        ImmutableArray<RelayedMemberKey> old = await lab.RequestKeysAsync(round: 1);
        ImmutableArray<RelayedMemberKey> keys = await lab.RequestKeysAsync(round: 2);
        foreach (string change in Changes)
        {
            ClientStep step = await lab.SendAsync(Client, lab.InvitationOf(Client, 2, 1, Change(lab, old, keys, change)));

            (step.Ignored, step.Messages.Length, step.State).Should().Be((IgnoredReason.BadMemberKeys, 0, null), change);
        }

        (await lab.SendAsync(Client, lab.InvitationOf(Client, 2, 1, keys[1..]))).Ignored.Should().BeNull("a quorum is enough, and nothing changed");
    }

    [Fact]
    public async Task InvitationWithOtherKeys_AfterOneWhoseKeysWereVerified_IsIgnored()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Rounds = 3, Members = [0, 1, 2, 3] });
        ImmutableArray<RelayedMemberKey> old = await lab.RequestKeysAsync(round: 1);
        ImmutableArray<RelayedMemberKey> keys = await lab.RequestKeysAsync(round: 2);
        ClientStep followed = await lab.SendAsync(Client, lab.InvitationOf(Client, 2, 1, keys));
        followed.Ignored.Should().BeNull();
        using var restored = FederationClient.Restore(lab.Bench.ClientSetup(Client), followed.State!.ToArray());
        foreach (FederationClient client in new[] { lab.Bench.Clients[Client], restored })
        {
            lab.Bench.Clients[Client] = client;
            foreach ((int round, int attempt) in new[] { (2, 1), (2, 2) })
            {
                foreach (string change in Changes)
                {
                    ClientStep step = await lab.SendAsync(Client, lab.InvitationOf(Client, round, attempt, Change(lab, old, keys, change)));

                    (step.Ignored, step.Messages.Length).Should().Be((IgnoredReason.BadMemberKeys, 0), "{0}, attempt {1}", change, attempt);
                }
            }

            (await lab.SendAsync(Client, lab.InvitationOf(Client, 3, 1, keys))).Ignored.Should().Be(IgnoredReason.BadMemberKeys, "they are of round 2");
        }
    }

    [Fact]
    public async Task VerifiedKeys_AreRemembered_ForTheSameBytesRoundAndAttempt_AndForNothingElse()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Rounds = 3, Members = [0, 1, 2, 3] });
        ImmutableArray<RelayedMemberKey> old = await lab.RequestKeysAsync(round: 1);
        ImmutableArray<RelayedMemberKey> keys = await lab.RequestKeysAsync(round: 2);
        var memory = new VerifiedMemberKeys(lab.Bench.Job);
        BoxPublicKey? First(int round, int attempt, ImmutableArray<RelayedMemberKey> relayed)
            => memory.TryRead(lab.InvitationOf(Client, round, attempt, relayed))?[0];

        BoxPublicKey verified = First(2, 1, keys)!;
        First(2, 1, keys).Should().BeSameAs(verified, "it was not read again");
        foreach (string change in Changes)
        {
            First(2, 1, Change(lab, old, keys, change)).Should().BeNull(change);
        }

        First(2, 1, keys).Should().BeSameAs(verified, "what was refused changes nothing");
        First(3, 1, keys).Should().BeNull("they are of round 2");
        First(2, 1, keys[..3]).Should().NotBeSameAs(verified).And.Be(verified);
        BoxPublicKey later = First(2, 2, keys[..3])!;
        later.Should().NotBeSameAs(verified).And.Be(verified);
        First(2, 2, keys[..3]).Should().BeSameAs(later);
        First(2, 1, keys[..3]).Should().NotBeSameAs(later, "one invitation is remembered");
    }

    [Fact]
    public async Task JobWithoutACommittee_HasNoMemberKeys()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync();
        ImmutableArray<RelayedMemberKey> keys = await lab.RequestKeysAsync(round: 1);
        using var authority = await RoundKeys.RoundKeyLab.CreateAsync();
        Invitation invitation = new(
            authority.Bench.Slot(0, round: 1, attempt: 1), 0, authority.Bench.Job.StartDigest, ReferenceWeight: 40, keys);

        IgnoredReason? Check(Invitation own) => ClientRules.Check(
            own, StateOf(authority.Bench.Job), authority.Bench.Job, authority.Bench.Identities[0].Client, ModelExchange.Of(authority.Bench.ClientSetup(0)));
        Check(invitation).Should().Be(IgnoredReason.BadMemberKeys);
        Check(invitation with { MemberKeys = [] }).Should().BeNull();
    }

    [Fact]
    public async Task Member_HasOneKeyARound_AndNoneOfAnEarlierOne()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Rounds = 3 });
        ImmutableArray<RelayedMemberKey> first = await lab.RequestKeysAsync(round: 1);
        ImmutableArray<RelayedMemberKey> again = await lab.RequestKeysAsync(round: 1);
        await lab.RequestKeysAsync(round: 2);

        again.Select(key => key.KeyDigest).Should().Equal(first.Select(key => key.KeyDigest));
        (await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 1))).Ignored.Should().Be(IgnoredReason.Outdated);
        (await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 4))).Ignored.Should().Be(IgnoredReason.NotInJob);
    }

    [Fact]
    public async Task Boxes_OfAConcludedRound_OpenWithNothingThatAMemberStillHas()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening recorded = lab.Sum(attempt);
            byte[] secret = ExportOf(lab, member: 0);
            CanOpen(lab, recorded, member: 0).Should().BeTrue("the round is not over, or this test could not fail");
            await lab.CompleteAsync(recorded);

            CanOpen(lab, recorded, member: 0).Should().BeFalse();
            using MemberLedger ledger = lab.LedgerOf(0);
            ledger.Key.Should().BeNull();
            lab.Bench.LedgerOf(0).AsSpan().IndexOf(secret.AsSpan(65)).Should().Be(-1);
            (await lab.DeliverAsync(0, 1, lab.BoxesOf(recorded, 0))).Ignored.Should().Be(IgnoredReason.NotAMember);
            lab.Bench.Clients[0] = new FederationClient(lab.Bench.ClientSetup(0));
            (await lab.SendAsync(0, new MemberKeyRequest(lab.Bench.Job.JobId, 1))).Messages.Should().BeEmpty("no second key of the round is made");
            await lab.RequestKeysAsync(round: 2);
            CanOpen(lab, recorded, member: 0).Should().BeFalse();
        }
    }

    [Fact]
    public async Task Boxes_OfARoundThatEndedWithoutASum_OpenNoMoreInTheNextOne()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening recorded = lab.Sum(attempt);
            (await lab.OpenAsync(recorded, 0)).Should().BeEmpty();
            await lab.RequestKeysAsync(round: 2);

            CanOpen(lab, recorded, member: 0).Should().BeFalse();
            (await lab.OfferAsync(0, recorded.List)).Ignored.Should().Be(IgnoredReason.BoxNotOpened, "the shares are gone with the key");
        }
    }

    [Fact]
    public async Task Ledger_OfAHostWithoutAProtector_HasNoKey()
    {
        using CommitteeLab lab = await CommitteeLab.CreateAsync(new CommitteeOptions { Protects = false });
        await lab.RequestKeysAsync(round: 1);

        using MemberLedger ledger = lab.LedgerOf(0);

        (ledger.KeyRound, ledger.Key).Should().Be((1, null));
    }

    private static ClientState StateOf(FederationJob job)
        => new(new FedHe.Orchestration.Epochs.EpochLine(job)) { ModelDigest = job.StartDigest, ChainDigest = job.StartDigest };

    private static bool CanOpen(CommitteeLab lab, Opening recorded, int member)
    {
        using MemberLedger ledger = lab.LedgerOf(member);
        return ledger.Key is BoxKeyPair key && lab.TryOpen(recorded, member, contributor: 2, key) is not null;
    }

    private static byte[] ExportOf(CommitteeLab lab, int member)
    {
        using MemberLedger ledger = lab.LedgerOf(member);
        var secret = new byte[ledger.Key!.ExportSize];
        ledger.Key.ExportPrivate(secret);
        return secret;
    }

    private static ImmutableArray<RelayedMemberKey> Change(
        CommitteeLab lab, ImmutableArray<RelayedMemberKey> old, ImmutableArray<RelayedMemberKey> keys, string change)
    {
        RelayedMemberKey first = keys[0];
        return change switch
        {
            "of the round before" => [old[0], .. keys[1..]],
            "of a later round" => [Signed(lab, 0, first.Key, round: 3), .. keys[1..]],
            "of another epoch" => [Signed(lab, 0, first.Key, epoch: 2), .. keys[1..]],
            "of another job" => [Signed(lab, 0, first.Key, jobId: Guid.NewGuid()), .. keys[1..]],
            "fewer than the quorum" => keys[..(lab.Bench.Committee.Quorum - 1)],
            "none" => [],
            "one twice" => [first, first, keys[1], keys[2]],
            "other order" => [keys[1], first, .. keys[2..]],
            "key of no member" => [.. keys, Signed(lab, Client, first.Key)],
            "member's name on another key" => [first with { Key = keys[1].Key }, .. keys[1..]],
            "flipped key" => [first with { Key = CommitteeLab.Flipped(first.Key, 40) }, .. keys[1..]],
            "forged signature" => [first with { Signature = CommitteeLab.Flipped(first.Signature, 40) }, .. keys[1..]],
            "not a point" => [Signed(lab, 0, new byte[first.Key.Length]), .. keys[1..]],
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
    }

    private static RelayedMemberKey Signed(
        CommitteeLab lab, int client, ReadOnlyMemory<byte> key, int round = 2, int epoch = JobEpoch.First, Guid? jobId = null)
    {
        var message = new MemberKeyMessage(jobId ?? lab.Bench.Job.JobId, lab.Bench.Name(client), epoch, round, key);
        return new RelayedMemberKey(
            lab.Bench.Name(client), key, CommitteeLab.SignatureOf(MessageFormat.WriteSigned(message, lab.Bench.Parameters.Id, lab.Bench.Identities[client])));
    }
}
