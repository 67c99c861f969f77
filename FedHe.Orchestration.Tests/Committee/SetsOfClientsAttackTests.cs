using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A server, in league with a client, wants the sum of some clients and the sum of the same results without one of them: the difference is that client's model.
/// Members answer for one list of a round, and no result is encrypted for another round; each attack works where its guard is taken out.
/// </summary>
public sealed class SetsOfClientsAttackTests
{
    private const int Members = 4;
    private const int Victim = 2;

    /// <summary>The number of members that must answer twice for two lists to be opened: honest ones answer once, so 2 t - m.</summary>
    private const int EnoughForTwoLists = 2;

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(false, EnoughForTwoLists)]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(true, EnoughForTwoLists)]
    public async Task TwoListsOfOneRound_GiveAClientsModel_OnlyWhereMoreMembersThanMayBeCorruptAnswerTwice(bool isOfALaterAttempt, int forgetful)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = Members });
        using (lab)
        {
            (lab.Bench.Committee.Corrupt, (2 * lab.Threshold) - Members).Should().Be((1, EnoughForTwoLists));
            LabAttempt other = isOfALaterAttempt ? await lab.InviteAsync(1, attempt: 2, attempt.Keys) : attempt;
            lab.Bench.Trainers[Victim].Results.Should().ContainSingle("the result of the first attempt is encrypted again, as an honest server needs it");
            Opening all = lab.Sum(attempt);
            Opening without = lab.Sum(other, [.. lab.All.Where(client => client != Victim)]);
            (RelayedAnswer[] First, RelayedAnswer[] Second) answers = await AnswersAsync(lab, all, without, forgetful);

            StolenSum? first = StolenSum.TryOpen(lab, all, answers.First, out IgnoredReason? reasonOfFirst);
            StolenSum? second = StolenSum.TryOpen(lab, without, answers.Second, out IgnoredReason? reasonOfSecond);

            if (forgetful < EnoughForTwoLists)
            {
                (first is null || second is null).Should().BeTrue();
                new[] { reasonOfFirst, reasonOfSecond }.Should().Contain(IgnoredReason.BadAnswers);
            }
            else
            {
                IsModelOfVictim(lab, first!.Less(second!), all).Should().BeTrue("without the guard the attack works");
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ListsOfTwoRoundsFromOneModel_GiveAClientsModel_OnlyWhereItsResultsAreTheSame(bool trainsAnew)
    {
        // The server keeps the sum of round 1 to itself, and begins round 2 from the model before. A trainer that is a function of the model stands for a client that encrypts what it has kept.
        (CommitteeLab lab, LabAttempt first) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = Members });
        using (lab)
        {
            ModelParameters known = ResultOf(lab, Victim);
            Opening all = lab.Sum(first);
            StolenSum opened = StolenSum.TryOpen(lab, all, await lab.AnswersAsync(all), out _)!;
            lab.Bench.Trainers.ForEach(trainer => trainer.ShiftPerAttempt = trainsAnew ? 0.5 : 0);

            int[] others = [.. lab.All.Where(client => client != Victim)];
            LabAttempt second = await lab.InviteAsync(2, attempt: 2, await lab.RequestKeysAsync(round: 2), clients: others);
            Opening without = lab.Sum(second);
            StolenSum later = StolenSum.TryOpen(lab, without, await lab.AnswersAsync(without), out IgnoredReason? reason)!;

            reason.Should().BeNull();
            others.Should().OnlyContain(client => lab.Bench.Trainers[client].Results.Count == 2, "no result of a round is encrypted in another one");
            opened.Less(later).Is(known, StolenSum.FactorOf(all.List.Contributors[Victim], all.List)).Should().Be(!trainsAnew);
        }
    }

    [Fact]
    public async Task ResultOfTraining_ServesItsRoundAlone_FromItsModel_AndOnlyUntilASumOfItWasSeen()
    {
        // Guard: each of these invitations would have the result in a second sum.
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = Members });
        using (lab)
        {
            FedHe.Orchestration.Messages.Invitation trained = lab.InvitationOf(Victim, 1, 1, attempt.Keys);
            var result = new TrainedResult(trained, ResultOf(lab, Victim));

            result.Serves(lab.InvitationOf(Victim, 1, 2, attempt.Keys), closedRound: 0).Should().BeTrue();
            result.Serves(lab.InvitationOf(Victim, 2, 1, attempt.Keys), closedRound: 0).Should().BeFalse();
            result.Serves(lab.InvitationOf(Victim, 1, 2, attempt.Keys, start: lab.Sum(attempt).Chain), closedRound: 0).Should().BeFalse();
            result.Serves(lab.InvitationOf(Victim, 1, 2, attempt.Keys) with { WasPublished = true }, closedRound: 0).Should().BeFalse();
            result.Serves(lab.InvitationOf(Victim, 1, 2, attempt.Keys), closedRound: 1).Should().BeFalse();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MemberThatAnsweredForAList_EncryptsNoResultOfItsRoundAgain(bool answers)
    {
        // An honest server begins no attempt behind a list. One that was set back does, and one that lies.
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = Members });
        using (lab)
        {
            Opening all = lab.Sum(attempt);
            if (answers)
            {
                (await lab.OpenAsync(all, Victim)).Should().BeEmpty();
                (await lab.OfferAsync(Victim, all.List)).Ignored.Should().BeNull();
            }

            await lab.InviteAsync(1, attempt: 2, attempt.Keys);

            lab.Bench.Trainers[Victim].Results.Should().HaveCount(answers ? 2 : 1);
        }
    }

    /// <summary>Asks half of the members for one list first and half for the other; forgetful ones answer both, from the ledger that they had before.</summary>
    private static async Task<(RelayedAnswer[] First, RelayedAnswer[] Second)> AnswersAsync(CommitteeLab lab, Opening all, Opening without, int forgetful)
    {
        var answers = new List<RelayedAnswer>[] { [], [] };
        Opening[] openings = [all, without];
        foreach (int member in lab.All)
        {
            byte[] before = lab.Bench.LedgerOf(member)!;
            foreach (int list in member % 2 == 0 ? (int[])[0, 1] : [1, 0])
            {
                if (member < forgetful)
                {
                    lab.Bench.Clients[member] = new FederationClient(lab.Bench.ClientSetup(member) with { Ledger = before });
                }

                (await lab.OpenAsync(openings[list], member)).Should().BeEmpty();
                ClientStep step = await lab.OfferAsync(member, openings[list].List);
                bool isSecond = member >= forgetful && list != member % 2;
                step.Ignored.Should().Be(isSecond ? IgnoredReason.SecondList : null);
                if (!isSecond)
                {
                    answers[list].Add(lab.AnswerOf(step));
                }
            }
        }

        return ([.. answers[0]], [.. answers[1]]);
    }

    private static bool IsModelOfVictim(CommitteeLab lab, StolenSum difference, Opening all)
        => difference.Is(ResultOf(lab, Victim), StolenSum.FactorOf(all.List.Contributors[Victim], all.List));

    private static ModelParameters ResultOf(CommitteeLab lab, int client) => lab.Bench.Trainers[client].Results[0].Result.Parameters;
}
