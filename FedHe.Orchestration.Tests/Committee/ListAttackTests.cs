using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A member answers for a list only that clients would open too, and for one list of a round, ever.</summary>
public sealed class ListAttackTests
{
    private const int Member = 1;

    private static readonly (string Change, IgnoredReason Reason)[] Lists =
    [
        ("no seals", IgnoredReason.BoxNotOpened),
        ("seals exchanged", IgnoredReason.BoxNotOpened),
        ("seal forged", IgnoredReason.BoxNotOpened),
        ("contributor twice", IgnoredReason.ForeignContributor),
        ("other order", IgnoredReason.ForeignContributor),
        ("not on the roster", IgnoredReason.ForeignContributor),
        ("other weight", IgnoredReason.BoxNotOpened),
        ("other nonce", IgnoredReason.BoxNotOpened),
        ("other reference weight", IgnoredReason.BoxNotOpened),
        ("impossible reference weight", IgnoredReason.BadAggregate),
        ("one contributor", IgnoredReason.TooFewContributors),
        ("other base", IgnoredReason.OtherHistory),
        ("other attempt", IgnoredReason.BoxNotOpened),
        ("impossible attempt", IgnoredReason.BadAggregate),
        ("other round", IgnoredReason.BoxNotOpened),
        ("round after the job", IgnoredReason.BoxNotOpened),
        ("states another round", IgnoredReason.Malformed),
    ];

    [Fact]
    public async Task ListThatNoClientOpens_GetsNoAnswer()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            (await lab.OpenAsync(opening, Member)).Should().BeEmpty();
            foreach ((string change, IgnoredReason reason) in Lists)
            {
                ContributorList list = Change(opening.List, change);

                ClientStep step = await lab.SendAsync(
                    Member, new ListOffer(lab.Bench.Job.JobId, change == "states another round" ? 2 : list.Round, list.ToArray()));

                (step.Ignored, step.Messages.Length, step.Ledger).Should().Be((reason, 0, null), change);
            }

            (await lab.OfferAsync(Member, opening.List)).Messages.Should().ContainSingle("nothing changed");
        }
    }

    [Fact]
    public async Task ListWithAContributorWhoseBoxWasNotDelivered_GetsNoAnswer()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening fewer = lab.Sum(attempt, 0, 1, 2, 3);
            (await lab.OpenAsync(fewer, Member)).Should().BeEmpty();

            (await lab.OfferAsync(Member, lab.Sum(attempt).List)).Ignored.Should().Be(IgnoredReason.BoxNotOpened);
        }
    }

    [Fact]
    public async Task ListWithMoreContributorsThanTheJobPlannedFor_GetsNoAnswer()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(
            new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3], ClientsPerRound = 3 });
        using (lab)
        {
            Opening[] halves = [lab.Sum(attempt, 0, 1, 2), lab.Sum(attempt, 3, 4, 5)];
            DeliveredBoxes[] boxes = [lab.BoxesOf(halves[0], Member), lab.BoxesOf(halves[1], Member)];
            ContributorList list = halves[0].List with
            {
                Contributors = [.. halves[0].List.Contributors, .. halves[1].List.Contributors],
                Seals = [.. halves[0].List.Seals, .. halves[1].List.Seals],
            };

            lab.ReportOf(await lab.DeliverAsync(Member, 1, boxes[0] with { Boxes = [.. boxes[0].Boxes, .. boxes[1].Boxes] })).Should().BeEmpty();
            (await lab.OfferAsync(Member, list)).Ignored.Should().Be(IgnoredReason.BadAggregate);
            (await lab.OfferAsync(Member, halves[1].List)).Messages.Should().ContainSingle();
        }
    }

    [Fact]
    public async Task MemberWithoutBoxes_DoesNotAnswer()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            (await lab.OfferAsync(Member, lab.Sum(attempt).List)).Ignored.Should().Be(IgnoredReason.BoxNotOpened);
        }
    }

    [Fact]
    public async Task ClientThatIsNoMember_NeitherOpensNorAnswers()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Members = [0, 1, 2, 3] });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);

            (await lab.OfferAsync(4, opening.List)).Ignored.Should().Be(IgnoredReason.NotAMember);
            (await lab.SendAsync(4, new MemberKeyRequest(lab.Bench.Job.JobId, 1))).Ignored.Should().Be(IgnoredReason.NotAMember);
            (await lab.SendAsync(4, new BoxDelivery(lab.Bench.Job.JobId, lab.Bench.Name(4), 1, lab.BoxesOf(opening, 0).ToArray())))
                .Ignored.Should().Be(IgnoredReason.NotAMember);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SecondListOfARound_GetsNoAnswer_WhateverItsAttempt(bool isOfALaterAttempt)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening all = lab.Sum(attempt);
            await lab.AnswersAsync(all, Member);
            byte[] first = (await lab.OfferAsync(Member, all.List)).Messages.Single().ToArray();
            LabAttempt other = isOfALaterAttempt ? await lab.InviteAsync(1, attempt: 2, attempt.Keys) : attempt;
            Opening fewer = lab.Sum(other, 0, 1, 2, 3);

            lab.ReportOf(await lab.DeliverAsync(Member, 1, lab.BoxesOf(fewer, Member))).Should().BeEmpty("a server that was set back needs the report");
            (await lab.OfferAsync(Member, fewer.List)).Ignored.Should().Be(IgnoredReason.SecondList);
            (await lab.OfferAsync(Member, all.List with { Tags = new byte[all.List.Tags.Length] })).Ignored.Should().Be(IgnoredReason.SecondList);
            (await lab.OfferAsync(Member, all.List)).Messages.Single().ToArray().Should().Equal(first, "the same answer may be repeated");
        }
    }

    [Fact]
    public async Task SecondListOfARound_GetsNoAnswer_AfterARestartFromTheLedger()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening all = lab.Sum(attempt);
            byte[] answer = lab.AnswerOf(await OpenAndOfferAsync(lab, all)).Sealed.ToArray();
            Opening fewer = lab.Sum(attempt, 0, 1, 2, 3);
            lab.Bench.Clients[Member] = new FederationClient(lab.Bench.ClientSetup(Member));

            lab.ReportOf(await lab.DeliverAsync(Member, 1, lab.BoxesOf(fewer, Member))).Should().BeEmpty("a server that was set back needs the report");
            (await lab.OfferAsync(Member, fewer.List)).Ignored.Should().Be(IgnoredReason.SecondList);
            lab.AnswerOf(await lab.OfferAsync(Member, all.List)).Sealed.ToArray().Should().Equal(answer);
        }
    }

    [Fact]
    public async Task SecondListOfARound_GetsNoAnswer_AfterTheLedgerWasLost()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            byte[] state = (await OpenAndOfferAsync(lab, lab.Sum(attempt))).State!.ToArray();
            Opening fewer = lab.Sum(attempt, 0, 1, 2, 3);
            lab.Bench.SetLedger(Member, null);
            lab.Bench.Clients[Member] = FederationClient.Restore(lab.Bench.ClientSetup(Member), state);

            (await lab.SendAsync(Member, new MemberKeyRequest(lab.Bench.Job.JobId, 1))).Ignored.Should().Be(IgnoredReason.Outdated);
            (await lab.DeliverAsync(Member, 1, lab.BoxesOf(fewer, Member))).Ignored.Should().Be(IgnoredReason.Outdated);
            (await lab.OfferAsync(Member, fewer.List)).Ignored.Should().Be(IgnoredReason.Outdated);
            (await lab.SendAsync(Member, new MemberKeyRequest(lab.Bench.Job.JobId, 2))).Messages.Should().ContainSingle("the next round is another one");
        }
    }

    [Fact]
    public async Task ListBesideOneThatTheMemberOpenedAsAClient_GetsNoAnswer()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            // The server did not ask this member about the other list, which it opened as a client, and whose average it refused.
            Opening opening = lab.Sum(attempt);
            Opening other = lab.Sum(attempt, 0, 1, 2, 3);
            using var member = new CommitteeMember(
                lab.Bench.Job, lab.Bench.Identities[Member], lab.Bench.Keys[Member], lab.Protocol, lab.LedgerOf(Member));
            var view = new MemberView(ModelRound: 0, ChainRound: 0, lab.Bench.Job.StartDigest, OpenedList.Of(other.List));
            var delivery = new BoxDelivery(lab.Bench.Job.JobId, lab.Bench.Name(Member), 1, opening.Deliveries[lab.Bench.Name(Member)]);
            var offer = new ListOffer(lab.Bench.Job.JobId, 1, opening.ListBytes);

            member.TryOpen(delivery, view, out _).Should().BeNull();
            member.TryAnswer(offer, view, out ReadOnlyMemory<byte> none).Should().Be(IgnoredReason.SecondList);
            none.IsEmpty.Should().BeTrue();
            member.TryAnswer(offer, view with { ChainRound = 1 }, out _).Should().Be(IgnoredReason.Outdated);
            member.TryAnswer(offer, view with { Opened = OpenedList.Of(opening.List) }, out ReadOnlyMemory<byte> answer).Should().BeNull();
            answer.IsEmpty.Should().BeFalse();
        }
    }

    [Fact]
    public async Task ListOfAnEarlierRound_GetsNoAnswer()
    {
        (CommitteeLab lab, LabAttempt first) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening earlier = lab.Sum(first);
            (await lab.OpenAsync(earlier, Member)).Should().BeEmpty();
            LabAttempt second = await lab.InviteAsync(2, attempt: 1, await lab.RequestKeysAsync(round: 2));
            await lab.AnswersAsync(lab.Sum(second), Member);

            (await lab.OfferAsync(Member, earlier.List)).Ignored.Should().Be(IgnoredReason.Outdated);
        }
    }

    [Fact]
    public async Task ListThatLeavesOutARound_WhoseModelTheMemberHas_GetsNoAnswer()
    {
        (CommitteeLab lab, LabAttempt first) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Digest chain = await lab.CompleteAsync(lab.Sum(first));
            LabAttempt second = await lab.InviteAsync(2, attempt: 1, await lab.RequestKeysAsync(round: 2), baseRound: 1, start: chain);
            Opening opening = lab.Sum(second);
            ContributorList back = opening.List with { Base = lab.Bench.Job.StartDigest };

            (await lab.OpenAsync(opening, Member)).Should().BeEmpty();
            (await lab.OfferAsync(Member, back)).Ignored.Should().Be(IgnoredReason.OtherHistory);
            (await lab.OfferAsync(Member, opening.List)).Messages.Should().ContainSingle();
        }
    }

    private static async Task<ClientStep> OpenAndOfferAsync(CommitteeLab lab, Opening opening)
    {
        (await lab.OpenAsync(opening, Member)).Should().BeEmpty();
        return await lab.OfferAsync(Member, opening.List);
    }

    private static ContributorList Change(ContributorList list, string change) => change switch
    {
        "no seals" => list with { Seals = [] },
        "seals exchanged" => list with { Seals = [list.Seals[1], list.Seals[0], .. list.Seals[2..]] },
        "seal forged" => list with { Seals = list.Seals.SetItem(2, list.Seals[2] with { Signature = CommitteeLab.Flipped(list.Seals[2].Signature, 5) }) },
        "contributor twice" => list with { Contributors = list.Contributors.SetItem(1, list.Contributors[0]), Seals = list.Seals.SetItem(1, list.Seals[0]) },
        "other order" => list with
        {
            Contributors = [list.Contributors[1], list.Contributors[0], .. list.Contributors[2..]],
            Seals = [list.Seals[1], list.Seals[0], .. list.Seals[2..]],
        },
        "not on the roster" => list with { Contributors = list.Contributors.SetItem(4, list.Contributors[4] with { Client = new ClientId("c99") }) },
        "other weight" => list with { Contributors = list.Contributors.SetItem(0, list.Contributors[0] with { Weight = 11 }) },
        "other nonce" => list with { Contributors = list.Contributors.SetItem(0, list.Contributors[0] with { Nonce = list.Contributors[1].Nonce }) },
        "other reference weight" => list with { ReferenceWeight = list.ReferenceWeight - 1 },
        "impossible reference weight" => list with { ReferenceWeight = 1001 },
        "one contributor" => list with { Contributors = list.Contributors[..1], Seals = list.Seals[..1] },
        "other base" => list with { Base = Digest.Compute("other"u8) },
        "other attempt" => list with { AttemptNumber = 2 },
        "impossible attempt" => list with { AttemptNumber = 4 },
        "other round" => list with { Round = 2 },
        "round after the job" => list with { Round = 3 },
        "states another round" => list,
        _ => throw new ArgumentOutOfRangeException(nameof(change)),
    };
}
