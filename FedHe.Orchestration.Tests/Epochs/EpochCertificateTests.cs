using FedHe.Crypto.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Committee;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>A certificate needs the votes of enough members of the epoch before, for one plan, one round and one last sum.</summary>
public sealed class EpochCertificateTests
{
    [Fact]
    public async Task Certificate_WithEnoughVotes_GivesTheJobInItsEpoch()
    {
        using CommitteeBench bench = await BenchAsync();
        var lab = new EpochLab(bench);
        EpochStatement statement = StatementOf(bench);

        EpochCertificate certificate = EpochCertificate.Read(bench.Job, lab.Certify(statement, bench.Job, 0, 1, 2, 3).Bytes);

        FederationJob job = certificate.Job;
        (certificate.FirstRound, job.EpochNumber).Should().Be((2, 2));
        job.Roster.Clients.Should().Equal(statement.Plan.Roster.Clients);
        (job.Authority.KeyId, job.Digest).Should().Be((statement.Plan.KeyId, bench.Job.Digest));
        job.Should().NotBe(bench.Job, "it is another epoch");
        var written = new System.Buffers.ArrayBufferWriter<byte>();
        job.WriteTo(written);
        Digest.Compute(written.WrittenSpan).Should().Be(bench.Job.Digest, "a job is written as it was described");
    }

    [Fact]
    public async Task Certificate_WithTooFewVotes_OrVotesOfOthersOrForSomethingElse_IsRefused()
    {
        using CommitteeBench bench = await BenchAsync();
        var lab = new EpochLab(bench);
        EpochStatement statement = StatementOf(bench);
        EpochStatement otherSum = new EpochStatement(statement.Plan, 2, EpochLab.DigestOf("another sum"));
        EpochStatement otherRound = new(statement.Plan, 3, statement.Base);

        ErrorOf(bench, lab.Certify(statement, bench.Job, 0, 1, 2)).Should().Be(EpochError.TooFewVotes, "t is 4");
        ErrorOf(bench, lab.Certify(statement, bench.Job, 0, 1, 2, 5)).Should().Be(EpochError.TooFewVotes, "c06 is no member");
        ErrorOf(bench, EpochCertificate.Create(statement, bench.Job, Votes(lab, statement, [0, 1, 2], otherSum))).Should().Be(EpochError.TooFewVotes);
        ErrorOf(bench, EpochCertificate.Create(statement, bench.Job, Votes(lab, statement, [0, 1, 2], otherRound))).Should().Be(EpochError.TooFewVotes);
        ErrorOf(bench, EpochCertificate.Create(statement, bench.Job, Votes(lab, statement, [0, 1, 2], StatementOf(bench)))).Should().Be(EpochError.TooFewVotes);
        ErrorOf(bench, EpochCertificate.Create(statement, bench.Job, new[] { 0, 1, 2, 2 }.Select(member => lab.Vote(member, statement))))
            .Should().Be(EpochError.Malformed, "a member votes once");
        ErrorOf(bench, lab.Certify(new EpochStatement(statement.Plan, 1, statement.Base), bench.Job, 0, 1, 2, 3)).Should().Be(EpochError.WrongRound);
        ErrorOf(bench, lab.Certify(new EpochStatement(statement.Plan, 4, statement.Base), bench.Job, 0, 1, 2, 3)).Should().Be(EpochError.WrongRound);
    }

    [Fact]
    public async Task Certificate_OfAnotherPlanThanTheAuthoritys_OrOfAnotherJob_IsRefused()
    {
        using CommitteeBench bench = await BenchAsync();
        using CommitteeBench other = await BenchAsync();
        var lab = new EpochLab(bench);
        EpochStatement statement = StatementOf(bench);
        EpochPlan forged = lab.Forge(statement.Plan, terms => terms, bench.ServerIdentity.Key);
        EpochPlan altered = lab.Forge(statement.Plan, terms => terms with { Committee = terms.Committee.Succeeded([.. new[] { 1, 2, 3, 4, 5, 0 }.Select(bench.Name)]) });
        EpochStatement foreign = StatementOf(other);

        ErrorOf(bench, lab.Certify(new EpochStatement(forged, 2, statement.Base), bench.Job, 0, 1, 2, 3)).Should().Be(EpochError.Forged);
        ErrorOf(bench, lab.Certify(new EpochStatement(altered, 2, statement.Base), bench.Job, 0, 1, 2, 3)).Should().Be(EpochError.WrongCommittee);
        ErrorOf(bench, new EpochLab(other).Certify(foreign, other.Job, 0, 1, 2, 3)).Should().Be(EpochError.AnotherJob);
        EpochCertificate second = EpochCertificate.Read(bench.Job, lab.Certify(statement, bench.Job, 0, 1, 2, 3).Bytes);
        FluentActions.Invoking(() => EpochCertificate.Read(second.Job, second.Bytes)).Should().Throw<EpochRefusedException>().Which.Error.Should().Be(EpochError.WrongNumber);
    }

    [Fact]
    public async Task Client_EntersWithItsOwnLastSumOnly_AndOneEpochOfANumber()
    {
        (CommitteeLab committee, Digest chain) = await EpochVoteTests.AfterRoundOneAsync();
        using (committee)
        {
            CommitteeBench bench = committee.Bench;
            var lab = new EpochLab(bench);
            EpochPlan plan = EpochVoteTests.PlanOf(committee);
            EpochCertificate otherSum = lab.Certify(new EpochStatement(plan, 2, EpochLab.DigestOf("another sum")), bench.Job, 0, 1, 2, 3);
            EpochCertificate later = lab.Certify(new EpochStatement(plan, 3, chain), bench.Job, 0, 1, 2, 3);
            EpochCertificate right = lab.Certify(new EpochStatement(plan, 2, chain), bench.Job, 0, 1, 2, 3);
            EpochCertificate second = lab.Certify(new EpochStatement(EpochVoteTests.PlanOf(committee), 2, chain), bench.Job, 0, 1, 2, 3);

            (await SendAsync(committee, otherSum)).Ignored.Should().Be(IgnoredReason.OtherHistory);
            (await SendAsync(committee, later)).Ignored.Should().Be(IgnoredReason.OtherHistory);
            ClientStep step = await SendAsync(committee, right);
            (step.Ignored, step.State is null, bench.Clients[4].Job.EpochNumber, bench.Clients[4].NeedsKeys).Should().Be((null, false, 2, true));
            (await SendAsync(committee, right)).Ignored.Should().Be(IgnoredReason.Outdated);
            (await SendAsync(committee, second)).Ignored.Should().Be(IgnoredReason.Outdated, "a second certificate of a number changes nothing");
            bench.Clients[4].Job.Epoch.Digest.Should().Be(right.Job.Epoch.Digest);
        }
    }

    [Fact]
    public async Task TwoCertificatesOfANumber_NeedMoreCorruptMembersThanMayBe()
    {
        // Every split of the honest members between two plans, with the corrupt ones voting for both.
        for (int members = CommitteeTerms.MinMembers; members <= CommitteeTerms.MaxMembers; members++)
        {
            var terms = new CommitteeTerms(Enumerable.Range(0, members).Select(i => new FedHe.MLBridge.Identities.ClientId($"m{i:00}")));
            for (int first = 0; first <= members - terms.Corrupt; first++)
            {
                int second = members - terms.Corrupt - first;
                (first + terms.Corrupt >= terms.Threshold && second + terms.Corrupt >= terms.Threshold).Should().BeFalse();
            }
        }

        await Task.CompletedTask;
    }

    [Fact]
    public async Task Bytes_Damaged_AreRefused()
    {
        using CommitteeBench bench = await BenchAsync();
        byte[] bytes = new EpochLab(bench).Certify(StatementOf(bench), bench.Job, 0, 1, 2, 3).Bytes.ToArray();
        var hostile = new HostileBytes(20261129);
        foreach (ReadOnlyMemory<byte> cut in HostileBytes.Truncations(bytes, step: 97))
        {
            EpochCertificate.TryRead(bench.Job, cut, out EpochError error).Should().BeNull();
            error.Should().Be(EpochError.Malformed);
        }

        for (int i = 0; i < 150; i++)
        {
            byte[] mutated = hostile.Next(bytes).ToArray();
            if (!mutated.AsSpan().SequenceEqual(bytes))
            {
                EpochCertificate.TryRead(bench.Job, mutated, out EpochError error).Should().BeNull("the seed is 20261129, and this is mutation {0}", i);
                Enum.IsDefined(error).Should().BeTrue();
            }
        }
    }

    private static Task<CommitteeBench> BenchAsync()
        => CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 6, Members = [0, 1, 2, 3, 4], Rounds = 3, Quorum = 4 });

    private static EpochStatement StatementOf(CommitteeBench bench) => new(bench.PlanEpoch([0, 1, 2, 3, 4, 5]), 2, EpochLab.DigestOf("sum"));

    private static IEnumerable<RelayedVote> Votes(EpochLab lab, EpochStatement statement, int[] members, EpochStatement other)
        => [.. members.Select(member => lab.Vote(member, statement)), lab.Vote(3, other)];

    private static EpochError? ErrorOf(CommitteeBench bench, EpochCertificate certificate)
        => EpochCertificate.TryRead(bench.Job, certificate.Bytes, out EpochError error) is null ? error : null;

    private static Task<ClientStep> SendAsync(CommitteeLab committee, EpochCertificate certificate)
        => committee.SendAsync(4, new EpochMessage(committee.Bench.Job.JobId, certificate.FirstRound, certificate.Bytes));
}
