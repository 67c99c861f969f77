using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server.Openings;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>
/// A server shows two lists of one round to the committee, and as many members as may be corrupt answer both: one list at most gets
/// enough answers.
/// </summary>
public sealed class EquivocationTests
{
    [Theory]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(6, false)]
    [InlineData(7, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    [InlineData(7, true)]
    public async Task TwoListsOfARound_OneAtMostIsOpened(int members, bool isSecondOfALaterAttempt)
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync(new CommitteeOptions { Clients = members });
        using (lab)
        {
            LabAttempt later = isSecondOfALaterAttempt ? await lab.InviteAsync(1, attempt: 2, attempt.Keys) : attempt;
            int corrupt = lab.Bench.Committee.Corrupt;
            Opening[] lists = [lab.Sum(attempt), lab.Sum(later, [.. Enumerable.Range(1, members - 1)])];
            var answers = new List<RelayedAnswer>[] { [], [] };
            for (int member = 0; member < members; member++)
            {
                byte[] fresh = lab.Bench.LedgerOf(member)!;
                int first = member % 2;
                foreach (int list in new[] { first, 1 - first })
                {
                    if (member < corrupt)
                    {
                        // A cloned machine.
                        lab.Bench.Clients[member] = new FederationClient(lab.Bench.ClientSetup(member) with { Ledger = fresh });
                    }

                    await lab.DeliverAsync(member, 1, lab.BoxesOf(lists[list], member));
                    ClientStep step = await lab.OfferAsync(member, lists[list].List);
                    if (step.Ignored is null)
                    {
                        answers[list].Add(lab.AnswerOf(step));
                    }
                    else
                    {
                        step.Ignored.Should().Be(IgnoredReason.SecondList);
                    }
                }
            }

            answers.Sum(list => list.Count).Should().Be(members + corrupt, "corrupt members answer both lists, and others one");
            answers.Count(list => list.Count >= lab.Threshold).Should().BeLessThanOrEqualTo(1);
            int observer = members - 1;
            var opened = new List<int>();
            foreach (int list in new[] { 0, 1 })
            {
                ClientStep step = await lab.SendAsync(observer, lab.AggregateOf(lists[list], [.. answers[list]]));
                if (step.ModelRound == 1)
                {
                    opened.Add(list);
                    break;
                }

                step.Ignored.Should().Be(IgnoredReason.BadAnswers);
            }

            opened.Should().HaveCount(answers.Count(list => list.Count >= lab.Threshold));
        }
    }

    [Fact]
    public void Terms_OfEveryCommittee_ExcludeTwoLists_AndDoNotNeedCorruptMembers()
    {
        for (int members = CommitteeTerms.MinMembers; members <= CommitteeTerms.MaxMembers; members++)
        {
            for (int corrupt = 1; corrupt <= (members - 1) / 3; corrupt++)
            {
                var terms = new CommitteeTerms(Enumerable.Range(0, members).Select(i => new ClientId($"m{i:00}")), corrupt);
                for (int first = 0; first <= members - corrupt; first++)
                {
                    // The most answers that honest members can give two lists between them, with all corrupt ones for both.
                    int second = members - corrupt - first;
                    (first + corrupt >= terms.Threshold && second + corrupt >= terms.Threshold).Should().BeFalse();
                }

                terms.Threshold.Should().BeLessThanOrEqualTo(members - corrupt).And.BeGreaterThan(corrupt);
            }
        }
    }
}
