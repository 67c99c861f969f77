using FedHe.Orchestration.Errors;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.RoundKeys;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>A list has seals exactly where a committee opens its sum.</summary>
public sealed class SealRuleTests
{
    [Fact]
    public async Task ListOfAJobWithoutACommittee_HasNoSeals()
    {
        using RoundKeyLab plain = await RoundKeyLab.CreateWithUploadsAsync();
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            ContributorList list = plain.HonestSum().List;
            ContributionSeal seal = lab.Sum(attempt).List.Seals[0];

            Check(plain, list).Should().BeNull();
            Check(plain, list with { Seals = [.. list.Contributors.Select(_ => seal)] }).Should().Be(IgnoredReason.ForeignContributor);
        }

        static IgnoredReason? Check(RoundKeyLab plain, ContributorList list)
            => ListRules.Check(list, plain.Bench.Job, 1, plain.Bench.Job.StartDigest);
    }

    [Fact]
    public async Task ListOfAJobWithACommittee_HasAllSeals()
    {
        (CommitteeLab lab, LabAttempt attempt) = await CommitteeLab.CreateWithUploadsAsync();
        using (lab)
        {
            ContributorList list = lab.Sum(attempt).List;

            Check(lab, list).Should().BeNull();
            Check(lab, list with { Seals = [] }).Should().Be(IgnoredReason.ForeignContributor);
            Check(lab, list with { Seals = list.Seals[..4] }).Should().Be(IgnoredReason.ForeignContributor);
            Check(lab, list with { Seals = [.. list.Seals, list.Seals[0]] }).Should().Be(IgnoredReason.ForeignContributor);
            ContributorList.TryRead((list with { Seals = list.Seals[..4] }).ToArray()).Should().BeNull();
            ContributorList.TryRead((list with { Seals = [.. list.Seals, list.Seals[0]] }).ToArray()).Should().BeNull();
        }

        static IgnoredReason? Check(CommitteeLab lab, ContributorList list)
            => ListRules.Check(list, lab.Bench.Job, 1, lab.Bench.Job.StartDigest);
    }
}
