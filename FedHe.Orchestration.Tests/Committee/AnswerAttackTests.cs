using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A client counts an answer only if a member gave it for this list: fewer than the threshold open nothing, and wrong ones among more are
/// passed over.
/// </summary>
public sealed class AnswerAttackTests
{
    private const int Client = 4;
    private const int Liar = 0;

    private static readonly string[] Forgeries =
        ["forged signature", "signed by another member", "under another member's name", "of another attempt", "of another list", "of another job", "cut", "garbage"];

    [Fact]
    public async Task EnoughAnswers_OpenTheSum()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);

            ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(opening, answers[1..]));

            (step.Ignored, step.ModelRound).Should().Be((null, 1));
            lab.Bench.Clients[Client].Release.Should().Be(ModelRelease.MayBePublished);
        }
    }

    [Fact]
    public async Task FewerAnswers_OpenNothing()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            for (int count = 1; count < lab.Threshold; count++)
            {
                lab.Bench.Clients[Client] = new FederationClient(lab.Bench.ClientSetup(Client));
                ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(opening, answers[..count]));
                (step.Ignored, step.ModelRound).Should().Be((IgnoredReason.BadAnswers, 0));
            }
        }
    }

    [Fact]
    public async Task ForgedAnswer_CountsForNothing()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            foreach (string forgery in Forgeries)
            {
                RelayedAnswer forged = await ForgeAsync(lab, attempt, opening, answers, forgery);

                // Among as many answers as needed one that counts for nothing is missing.
                lab.Bench.Clients[Client] = new FederationClient(lab.Bench.ClientSetup(Client));
                ClientStep refused = await lab.SendAsync(Client, lab.AggregateOf(opening, [forged, .. answers[1..lab.Threshold]]));
                (refused.Ignored, refused.ModelRound).Should().Be((IgnoredReason.BadAnswers, 0), forgery);

                // And beside enough others it does no harm.
                lab.Bench.Clients[Client] = new FederationClient(lab.Bench.ClientSetup(Client));
                ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(opening, [forged, .. answers[1..]]));
                (step.Ignored, step.ModelRound).Should().Be((null, 1), forgery);
            }
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    public async Task WrongAnswersOfAsManyMembersAsMayBeCorrupt_ArePassedOver(int members)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = members });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            int corrupt = lab.Bench.Committee.Corrupt;
            RelayedAnswer[] wrong = [.. Enumerable.Range(0, corrupt).Select(member => lab.WrongAnswer(member, opening.List))];

            ClientStep step = await lab.SendAsync(members - 1, lab.AggregateOf(opening, [.. wrong, .. answers[corrupt..]]));

            (step.Ignored, step.ModelRound).Should().Be((null, 1));
        }
    }

    [Fact]
    public async Task WrongAnswerAmongAsManyAsNeeded_OpensNothing()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);

            ClientStep step = await lab.SendAsync(
                Client, lab.AggregateOf(opening, [lab.WrongAnswer(Liar, opening.List), .. answers[1..lab.Threshold]]));

            (step.Ignored, step.ModelRound).Should().Be((IgnoredReason.BadAnswers, 0));
        }
    }

    [Fact]
    public async Task WrongAnswerThatMakesAPossibleSum_IsFoundByTheTagOfTheKeys()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            // The liar moves every coefficient of the sum by one, which no bound finds.
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening, [.. lab.All[..lab.Threshold]]);
            using KeyShare own = TryOpen(lab, answers[Liar], lab.PlaceOf(opening.List, Liar))!;
            ushort step = SharingField.Unit(Liar, Enumerable.Range(1, lab.Threshold - 1));
            byte[] moved = SharingField.BytesOf(SharingField.ElementsOf(own).Select(element => SharingField.Add(element, step)));
            KeyShare.TryRead(lab.Sharing.Parameters, Liar, 5, moved, out KeyShare? wrong).Should().BeTrue();
            using KeyShare share = wrong!;
            RelayedAnswer lie = lab.SealedAnswer(Liar, opening.List, share);
            KeyShare[] shares = [share, .. Enumerable.Range(1, lab.Threshold - 1).Select(i => TryOpen(lab, answers[i], lab.PlaceOf(opening.List, i))!)];
            lab.Sharing.TryCombine(shares, new int[lab.Sharing.Parameters.Length]).Should().BeTrue("the bound of the sum does not find it");

            ClientStep refused = await lab.SendAsync(Client, lab.AggregateOf(opening, [lie, .. answers[1..]]));

            (refused.Ignored, refused.ModelRound).Should().Be((IgnoredReason.BadAnswers, 0));
        }
    }

    [Fact]
    public async Task SealedShare_OpensForItsListAttemptAndMemberOnly()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer answer = await lab.AnswerAsync(opening, Liar);
            AnswerPlace own = lab.PlaceOf(opening.List, Liar);
            AnswerPlace[] others =
            [
                own with { List = lab.Sum(attempt, 0, 1).Chain },
                own with { Attempt = own.Attempt with { Number = 2 } },
                own with { Attempt = own.Attempt with { Round = 2 } },
                own with { Attempt = own.Attempt with { JobDigest = opening.Chain } },
                own with { Attempt = own.Attempt with { Epoch = 2 } },
                lab.PlaceOf(opening.List, member: 1),
            ];

            TryOpen(lab, answer, own).Should().NotBeNull();
            others.Should().OnlyContain(place => TryOpen(lab, answer, place) == null);
        }
    }

    [Fact]
    public async Task AnswerOfAClientThatIsNoMember_CountsForNothing()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Members = [0, 1, 2, 3] });
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);
            RelayedAnswer foreign = lab.Signed(Client, opening.List, answers[0].Sealed);

            ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(opening, [answers[1], answers[2], foreign]));
            (step.Ignored, step.ModelRound).Should().Be((IgnoredReason.BadAnswers, 0));
            (await lab.SendAsync(Client, lab.AggregateOf(opening, [answers[0], answers[1], answers[2], foreign]))).ModelRound.Should().Be(1);
        }
    }

    [Fact]
    public async Task AnswerTwice_IsRefusedUnread()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening opening = lab.Sum(attempt);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening);

            CommitteeAnswers.TryRead(new CommitteeAnswers([answers[0], answers[0], answers[1], answers[2]]).ToArray()).Should().BeNull();
            CommitteeAnswers.TryRead(new CommitteeAnswers([answers[1], answers[0]]).ToArray()).Should().BeNull();
            CommitteeAnswers.TryRead(new CommitteeAnswers([]).ToArray()).Should().BeNull();
            CommitteeAnswers.TryRead(new CommitteeAnswers([.. answers]).ToArray()).Should().NotBeNull();
            ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(opening, [answers[0], answers[0], answers[1], answers[2]]));
            (step.Ignored, step.ModelRound).Should().Be((IgnoredReason.BadAnswers, 0));
        }
    }

    [Fact]
    public async Task AnswersOfAnEarlierRound_OpenNothing()
    {
        (CommitteeLab lab, LabAttempt first) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            Opening earlier = lab.Sum(first);
            RelayedAnswer[] old = await lab.AnswersAsync(earlier);
            LabAttempt second = await lab.InviteAsync(2, attempt: 1, await lab.RequestKeysAsync(round: 2));
            Opening opening = lab.Sum(second);
            RelayedAnswer[] answers = await lab.AnswersAsync(opening, [.. lab.All[..lab.Threshold]]);

            ClientStep step = await lab.SendAsync(Client, lab.AggregateOf(opening, [old[0], .. answers[1..]]));

            (step.Ignored, step.ModelRound).Should().Be((IgnoredReason.BadAnswers, 0));
            (await lab.SendAsync(Client, lab.AggregateOf(opening, old))).Ignored.Should().Be(IgnoredReason.BadAnswers);
        }
    }

    private static KeyShare? TryOpen(CommitteeLab lab, RelayedAnswer answer, AnswerPlace place)
        => AnswerCipher.TryOpen(answer.Sealed.Span, place, lab.Bench.Keys[Client]);

    private static async Task<RelayedAnswer> ForgeAsync(
        CommitteeLab lab, LabAttempt attempt, Opening opening, RelayedAnswer[] answers, string forgery)
    {
        RelayedAnswer honest = answers[Liar];
        switch (forgery)
        {
            case "forged signature":
                return honest with { Signature = CommitteeLab.Flipped(honest.Signature, 100) };
            case "signed by another member":
                return honest with { Signature = lab.Signed(1, opening.List, honest.Sealed).Signature };
            case "under another member's name":
                // The liar passes another member's share off as its own, with its own signature.
                return lab.Signed(Liar, opening.List, answers[1].Sealed);
            case "of another attempt":
                LabAttempt later = await lab.InviteAsync(1, attempt: 2, attempt.Keys, clients: [0, 1, 2, 3]);
                return await CloneAnswerAsync(lab, lab.Sum(later));
            case "of another list":
                return await CloneAnswerAsync(lab, lab.Sum(attempt, 0, 1, 2, 3));
            case "of another job":
                (CommitteeLab other, LabAttempt others) = await CommitteeLab.CreateWithUploadsAsync();
                using (other)
                {
                    return lab.Signed(Liar, opening.List, (await other.AnswerAsync(other.Sum(others), Liar)).Sealed);
                }

            case "cut":
                return lab.Signed(Liar, opening.List, honest.Sealed[..^1]);
            default:
                return lab.Signed(Liar, opening.List, new byte[honest.Sealed.Length]);
        }
    }

    /// <summary>What a cloned member answers for another list, under its signature for that list.</summary>
    private static async Task<RelayedAnswer> CloneAnswerAsync(CommitteeLab lab, Opening opening)
    {
        byte[] answered = lab.Bench.LedgerOf(Liar)!;
        using var copy = MemberLedgerCopy.BeforeAnswering(lab, Liar);
        lab.Bench.Clients[Liar] = new FederationClient(lab.Bench.ClientSetup(Liar) with { Ledger = copy.Bytes });
        RelayedAnswer answer = await lab.AnswerAsync(opening, Liar);
        lab.Bench.SetLedger(Liar, answered);
        return answer;
    }
}
