using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A server, and clients in league with it, hand a member boxes that are wrong, replayed, swapped or another client's: the member opens
/// none of them and reports them, and never answers for what it did not open.
/// </summary>
public sealed class BoxAttackTests
{
    private const int Member = 0;
    private const int Victim = 2;
    private const int Colluder = 3;

    [Fact]
    public async Task HonestBoxes_AreOpened()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            (await lab.OpenAsync(lab.Sum(attempt), Member)).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task ChangedContribution_IsReported_AndNothingElse()
    {
        string[] changes =
        [
            "flipped box", "box of another member", "box of another contributor", "other weight", "other nonce", "other tags", "seal of another", "forged seal",
        ];
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            DeliveredBoxes boxes = lab.BoxesOf(opening, Member);
            foreach (string change in changes)
            {
                ClientStep step = await lab.DeliverAsync(
                    Member, 1, Replace(boxes, lab.Bench.Name(Victim), box => Change(lab, opening, box, change)));

                lab.ReportOf(step).Should().Equal([lab.Bench.Name(Victim)], change);
                (await lab.OfferAsync(Member, opening.List)).Ignored.Should().Be(IgnoredReason.BoxNotOpened, change);
            }

            (await lab.AnswerAsync(opening, Member)).Should().NotBeNull("the genuine boxes still open");
        }
    }

    [Fact]
    public async Task OtherBoxThanTheSignedOne_IsNotOpened_EvenOfItsOwnContributor()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            // A contributor in league with the server seals two boxes to the member, and signs one: no two members may get
            // shares of two keys under one seal.
            Opening opening = lab.Sum(attempt);
            DeliveredBoxes boxes = lab.BoxesOf(opening, Member);
            DeliveredBox own = Of(boxes, lab.Bench.Name(Colluder));
            BoxPublicKey.TryRead(lab.Bench.Committee.KeyExchange, attempt.Keys[0].Key.Span, out BoxPublicKey? key).Should().BeTrue();
            var second = new byte[own.Box.Length];
            key!.Seal(
                new byte[lab.Sharing.Parameters.ShareSizeInBytes],
                attempt.Attempt.BoxContext(own.Contributor, lab.Bench.Name(Member)),
                second);
            Digest digest = Digest.Compute(second);

            ClientStep unsigned = await lab.DeliverAsync(Member, 1, Replace(boxes, lab.Bench.Name(Colluder), box => box with { Box = second }));
            lab.ReportOf(unsigned).Should().Equal(lab.Bench.Name(Colluder));
            ClientStep renamed = await lab.DeliverAsync(
                Member, 1, Replace(boxes, lab.Bench.Name(Colluder), box => box with { Box = second, Digests = box.Digests.SetItem(0, digest) }));
            lab.ReportOf(renamed).Should().Equal(lab.Bench.Name(Colluder));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task VictimsBoxes_AsTheColludersOwn_AreNotOpened(bool takesTheNonce)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            // The colluder signs a contribution with the victim's boxes. An honest answer for a list with both, or for the colluder's
            // among boxes that it made itself, would give the victim's key away.
            Opening opening = lab.Sum(attempt);
            DeliveredBoxes boxes = lab.BoxesOf(opening, Member);
            DeliveredBox victim = boxes.Boxes.Single(box => box.Contributor.Client == lab.Bench.Name(Victim));
            DeliveredBox own = boxes.Boxes.Single(box => box.Contributor.Client == lab.Bench.Name(Colluder));
            Contributor contributor = takesTheNonce ? own.Contributor with { Nonce = victim.Contributor.Nonce } : own.Contributor;
            ContributionSeal seal = ContributionSeal.Sign(
                attempt.Attempt, contributor, own.Seal.Tags, victim.Seal.Boxes, lab.Bench.Identities[Colluder].Key);
            DeliveredBox stolen = victim with { Contributor = contributor, Seal = seal };

            ClientStep step = await lab.DeliverAsync(Member, 1, Replace(boxes, contributor.Client, _ => stolen));

            lab.ReportOf(step).Should().Equal(contributor.Client);
            ContributorList list = WithContribution(opening.List, contributor, seal);
            (await lab.OfferAsync(Member, list)).Ignored.Should().Be(IgnoredReason.BoxNotOpened);
        }
    }

    [Fact]
    public async Task VictimsBoxes_UnderTheVictimsName_NeedTheVictimsSignature()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            // The boxes open under the victim's name; only the victim's signature says that they belong to this contribution.
            Opening opening = lab.Sum(attempt);
            DeliveredBoxes boxes = lab.BoxesOf(opening, Member);

            ClientStep step = await lab.DeliverAsync(Member, 1, Replace(boxes, lab.Bench.Name(Victim), box => box with
            {
                Seal = ContributionSeal.Sign(attempt.Attempt, box.Contributor, box.Seal.Tags, box.Seal.Boxes, lab.Bench.Identities[Colluder].Key),
            }));

            lab.ReportOf(step).Should().Equal(lab.Bench.Name(Victim));
        }
    }

    [Fact]
    public async Task ClientThatSignsTwoContributions_IsAnsweredForTheDeliveredOneOnly()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            (await lab.OpenAsync(opening, Member)).Should().BeEmpty();
            int index = IndexOf(opening.List, lab.Bench.Name(Colluder));
            (Contributor contributor, ContributionSeal seal) = (opening.List.Contributors[index], opening.List.Seals[index]);
            foreach ((Contributor other, Digest tags, Digest boxes) in new[]
            {
                (contributor, seal.Tags, Digest.Compute("boxes"u8)),
                (contributor, Digest.Compute("tags"u8), seal.Boxes),
                (contributor with { Nonce = Digest.Compute("nonce"u8) }, seal.Tags, seal.Boxes),
                (contributor with { Weight = contributor.Weight - 1 }, seal.Tags, seal.Boxes),
            })
            {
                ContributionSeal signed = ContributionSeal.Sign(attempt.Attempt, other, tags, boxes, lab.Bench.Identities[Colluder].Key);
                ClientStep step = await lab.OfferAsync(Member, WithContribution(opening.List, other, signed));
                (step.Ignored, step.Messages.Length, step.Ledger).Should().Be((IgnoredReason.BoxNotOpened, 0, null));
            }

            (await lab.OfferAsync(Member, opening.List)).Messages.Should().ContainSingle();
        }
    }

    [Fact]
    public async Task BoxesOfAnotherAttempt_AreNotOpenedInThisOne()
    {
        (CommitteeLab lab, LabAttempt first) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            LabAttempt second = await lab.InviteAsync(1, attempt: 2, first.Keys);
            DeliveredBox old = Of(lab.BoxesOf(lab.Sum(first), Member), lab.Bench.Name(Victim));
            DeliveredBoxes boxes = lab.BoxesOf(lab.Sum(second), Member);

            lab.ReportOf(await lab.DeliverAsync(Member, 1, Replace(boxes, lab.Bench.Name(Victim), _ => old))).Should().Equal(lab.Bench.Name(Victim));

            // The same boxes under a seal that a contributor in league with the server signs for the new attempt.
            DeliveredBox colluders = Of(lab.BoxesOf(lab.Sum(first), Member), lab.Bench.Name(Colluder));
            ContributionSeal seal = ContributionSeal.Sign(
                second.Attempt, colluders.Contributor, colluders.Seal.Tags, colluders.Seal.Boxes, lab.Bench.Identities[Colluder].Key);
            lab.ReportOf(await lab.DeliverAsync(Member, 1, Replace(boxes, lab.Bench.Name(Colluder), _ => colluders with { Seal = seal })))
                .Should().Equal(lab.Bench.Name(Colluder));
        }
    }

    [Fact]
    public async Task SharesOfOneAttempt_AreNotInAListOfAnother_EvenOfContributorsThatSignForBoth()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            int[] colluders = [Victim, Colluder];
            Opening opening = lab.Sum(attempt, colluders);
            (await lab.OpenAsync(opening, Member)).Should().BeEmpty();
            ContributorList list = opening.List with { AttemptNumber = 2 };
            ContributionSeal[] seals = [.. colluders.Select((client, i) => ContributionSeal.Sign(
                list.AttemptOf(lab.Bench.Job), list.Contributors[i], list.Seals[i].Tags, list.Seals[i].Boxes, lab.Bench.Identities[client].Key))];

            (await lab.OfferAsync(Member, list with { Seals = [.. seals] })).Ignored.Should().Be(IgnoredReason.BoxNotOpened);
            (await lab.OfferAsync(Member, opening.List)).Messages.Should().ContainSingle();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SharesOfAnotherAttempt_OpenASumThatNobodySignedForInThisOne_OnlyWithoutTheGuard(bool hasGuard)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            // Members have opened all boxes of the first attempt. The server lists everybody but the victim for a second attempt, to which it invited nobody.
            Opening all = lab.Sum(attempt);
            Opening without = lab.Sum(attempt, [.. lab.All.Where(client => client != Victim)]);
            ContributorList list = without.List with { AttemptNumber = 2 };
            var sums = new List<KeyShare?>();
            for (int member = 0; member < lab.Threshold; member++)
            {
                using MemberLedger ledger = lab.LedgerOf(member);
                using var opened = new OpenedBoxes(hasGuard ? attempt.Attempt : list.AttemptOf(lab.Bench.Job));
                foreach (DeliveredBox box in lab.BoxesOf(all, member).Boxes)
                {
                    opened.Add(box.Contributor, box.Seal, lab.TryOpen(all, member, lab.Bench.IndexOf(box.Contributor.Client), ledger.Key!)!);
                }

                sums.Add(opened.TrySum(list, lab.Bench.Job, lab.Sharing.CreateSum(member)));
            }

            sums.TrueForAll(sum => sum is null).Should().Be(hasGuard);
            if (!hasGuard)
            {
                var keySum = new int[lab.Sharing.Parameters.Length];
                lab.Sharing.TryCombine([.. sums.Select(sum => sum!)], keySum).Should().BeTrue();
                RelayedAnswer[] answers = await lab.AnswersAsync(without);
                KeyThief.Open(lab, without, keySum).Values.Should().Equal(StolenSum.TryOpen(lab, without, answers, out _)!.Values, "without the guard the attack works");
            }

            sums.ForEach(sum => sum?.Dispose());
        }
    }

    [Fact]
    public async Task BoxesOfAnEarlierRound_AreNotOpened()
    {
        (CommitteeLab lab, LabAttempt first) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening earlier = lab.Sum(first);
            ImmutableArray<RelayedMemberKey> keys = await lab.RequestKeysAsync(round: 2);
            LabAttempt second = await lab.InviteAsync(2, attempt: 1, keys);
            DeliveredBoxes boxes = lab.BoxesOf(lab.Sum(second), Member);
            DeliveredBoxes old = lab.BoxesOf(earlier, Member);

            (await lab.DeliverAsync(Member, 1, old)).Ignored.Should().Be(IgnoredReason.Outdated);
            (await lab.DeliverAsync(Member, 2, old)).Ignored.Should().Be(IgnoredReason.NotAMember, "the boxes are sealed to other keys");
            ClientStep renamed = await lab.DeliverAsync(Member, 2, boxes with { Boxes = old.Boxes });
            lab.ReportOf(renamed).Should().BeEquivalentTo(lab.All.Select(lab.Bench.Name));
        }
    }

    [Fact]
    public async Task BoxesOfAnotherJob_AreNotOpened()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        (CommitteeLab other, LabAttempt others) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        using (other)
        {
            DeliveredBoxes boxes = lab.BoxesOf(lab.Sum(attempt), Member);
            DeliveredBox foreign = Of(other.BoxesOf(other.Sum(others), Member), other.Bench.Name(Victim));

            lab.ReportOf(await lab.DeliverAsync(Member, 1, Replace(boxes, lab.Bench.Name(Victim), _ => foreign))).Should().Equal(lab.Bench.Name(Victim));
            (await lab.DeliverAsync(Member, 1, other.BoxesOf(other.Sum(others), Member))).Ignored.Should().Be(IgnoredReason.NotAMember);
        }
    }

    [Fact]
    public async Task BoxesWithAnotherHead_AreNotOpened()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            DeliveredBoxes boxes = lab.BoxesOf(lab.Sum(attempt), Member);
            ClientId[] all = [.. lab.All.Select(lab.Bench.Name)];

            (await lab.DeliverAsync(Member, 1, boxes with { Base = Digest.Compute("other"u8) })).Ignored.Should().Be(IgnoredReason.OtherHistory);
            lab.ReportOf(await lab.DeliverAsync(Member, 1, boxes with { AttemptNumber = 2 })).Should().BeEquivalentTo(all);
            lab.ReportOf(await lab.DeliverAsync(Member, 1, boxes with { ReferenceWeight = 49 })).Should().BeEquivalentTo(all);
            (ClientId, Digest)[] exchanged = [boxes.Keys[0], boxes.Keys[2], boxes.Keys[1], .. boxes.Keys[3..]];
            lab.ReportOf(await lab.DeliverAsync(Member, 1, boxes with { Keys = [.. exchanged] })).Should().BeEquivalentTo(all);
            (await lab.DeliverAsync(Member, 1, boxes with { Keys = [(boxes.Keys[0].Member, boxes.Keys[1].Key), .. boxes.Keys[1..]] }))
                .Ignored.Should().Be(IgnoredReason.NotAMember);
        }
    }

    [Fact]
    public async Task BoxesOfAnotherMember_AreIgnored()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            DeliveredBoxes others = lab.BoxesOf(opening, member: 1);

            ClientStep step = await lab.SendAsync(Member, new BoxDelivery(lab.Bench.Job.JobId, lab.Bench.Name(1), 1, others.ToArray()));
            step.Ignored.Should().Be(IgnoredReason.NotForThisClient);
            lab.ReportOf(await lab.DeliverAsync(Member, 1, others)).Should().HaveCount(lab.All.Length);
        }
    }

    private static DeliveredBox Change(CommitteeLab lab, Opening opening, DeliveredBox box, string change)
    {
        DeliveredBox other = Of(lab.BoxesOf(opening, Member), lab.Bench.Name(Colluder));
        return change switch
        {
            "flipped box" => box with { Box = CommitteeLab.Flipped(box.Box, 9) },
            "box of another member" => box with { Box = Of(lab.BoxesOf(opening, member: 1), box.Contributor.Client).Box },
            "box of another contributor" => box with { Box = other.Box },
            "other weight" => box with { Contributor = box.Contributor with { Weight = box.Contributor.Weight + 1 } },
            "other nonce" => box with { Contributor = box.Contributor with { Nonce = other.Contributor.Nonce } },
            "other tags" => box with { Seal = box.Seal with { Tags = other.Seal.Tags } },
            "seal of another" => box with { Seal = other.Seal },
            "forged seal" => box with { Seal = box.Seal with { Signature = CommitteeLab.Flipped(box.Seal.Signature, 77) } },
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
    }

    private static DeliveredBoxes Replace(DeliveredBoxes boxes, ClientId client, Func<DeliveredBox, DeliveredBox> change)
        => boxes with { Boxes = [.. boxes.Boxes.Select(box => box.Contributor.Client == client ? change(box) : box)] };

    private static DeliveredBox Of(DeliveredBoxes boxes, ClientId client) => boxes.Boxes.Single(box => box.Contributor.Client == client);

    private static ContributorList WithContribution(ContributorList list, Contributor contributor, ContributionSeal seal)
    {
        int index = IndexOf(list, contributor.Client);
        return list with { Contributors = list.Contributors.SetItem(index, contributor), Seals = list.Seals.SetItem(index, seal) };
    }

    private static int IndexOf(ContributorList list, ClientId client) => list.Contributors.ToList().FindIndex(listed => listed.Client == client);
}
