using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Protection;
using FedHe.Orchestration.Tests.Committee;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>A plan is the authority's, for one epoch of one job, and says of its committee what the succession says.</summary>
public sealed class EpochPlanTests
{
    private static readonly CommitteeOptions Options = new() { Clients = 6, Reserve = 2, Members = [0, 1, 2, 3], Successors = [5, 4], Quorum = 4 };

    [Fact]
    public async Task Plan_OfTheAuthority_SaysWhatFollows()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Options);

        EpochPlan plan = bench.PlanEpoch([0, 2, 3, 4, 5, 6], retired: 0);

        (plan.Number, plan.Roster.Clients.Count).Should().Be((2, 6));
        plan.Committee.Members.Select(bench.IndexOf).Should().Equal(2, 3, 4, 5);
        plan.Committee.Successors.Select(bench.IndexOf).Should().Equal(6);
        plan.Retired.Select(bench.IndexOf).Should().Equal(0);
        plan.KeyId.Should().NotBe(bench.Job.Authority.KeyId);
        EpochRules.Check(plan, bench.Job).Should().BeNull();
        PassThroughBytes(plan, bench).Digest.Should().Be(plan.Digest);
    }

    public static TheoryData<string, EpochError> Changes => new()
    {
        { "job", EpochError.AnotherJob },
        { "description", EpochError.AnotherJob },
        { "number", EpochError.WrongNumber },
        { "before", EpochError.OtherEpoch },
        { "key", EpochError.SameGroupKey },
        { "member", EpochError.WrongCommittee },
        { "order", EpochError.WrongCommittee },
        { "corrupt", EpochError.WrongCommittee },
        { "retired", EpochError.WrongCommittee },
        { "few members", EpochError.TooFewMembers },
        { "few clients", EpochError.TooFewClients },
        { "changed key", EpochError.ChangedKey },
        { "server", EpochError.ChangedKey },
        { "moved key", EpochError.ChangedKey },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Plan_ThatSaysOtherwise_IsRefusedByName_AlsoWhenTheAuthoritySignedIt(string change, EpochError expected)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Options);
        using ClientIdentity other = ClientIdentity.Create(bench.Name(4));
        var lab = new EpochLab(bench);
        EpochPlan plan = bench.PlanEpoch([0, 2, 3, 4, 5, 6]);

        EpochPlan changed = lab.Forge(plan, terms => change switch
        {
            "job" => terms with { JobId = Guid.NewGuid() },
            "description" => terms with { JobDigest = EpochLab.DigestOf("another job") },
            "number" => terms with { Number = 3 },
            "before" => terms with { Before = EpochLab.DigestOf("another epoch") },
            "key" => terms with { KeyId = bench.Job.Authority.KeyId },
            "member" => terms with { Committee = terms.Committee.Succeeded([.. new[] { 0, 2, 3, 4, 5, 6 }.Select(bench.Name)]) },
            "order" => terms with { Committee = terms.Committee.Succeeded([.. new[] { 0, 2, 3, 5, 6, 4 }.Select(bench.Name)]) },
            "corrupt" => terms with { Committee = new CommitteeTerms(terms.Committee.Members.Add(bench.Name(4)), keyExchange: terms.Committee.KeyExchange) },
            "retired" => terms with { Retired = [bench.Name(2)] },
            "few members" => terms with { Retired = [bench.Name(0), bench.Name(2), bench.Name(3)] },
            "few clients" => Follow(terms, bench, bench.RosterOf(0, 1, 2, 6, 7)),
            "changed key" => Follow(terms, bench, ClientRoster.Of([.. new[] { 0, 2, 3, 5, 6 }.Select(i => bench.Identities[i]), other])),
            "server" => Follow(terms, bench, With(bench.RosterOf(0, 2, 3, 4, 5), "c99", bench.ServerIdentity.VerificationKey)),
            _ => Follow(terms, bench, With(bench.RosterOf(0, 2, 3, 4, 5), "c99", bench.Identities[1].VerificationKey)),
        });

        lab.Check(changed).Should().Be(expected);
        bench.Server.Invoking(server => server.Propose(changed)).Should().Throw<EpochRefusedException>().Which.Error.Should().Be(expected);
    }

    [Fact]
    public async Task Plan_ThatTheAuthorityDidNotSign_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Options);
        using ClientIdentity stranger = ClientIdentity.Create(new ClientId("stranger"));
        var lab = new EpochLab(bench);
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 3, 4]);

        lab.Check(lab.Forge(plan, terms => terms, bench.ServerIdentity.Key)).Should().Be(EpochError.Forged, "the server can make no plan");
        lab.Check(lab.Forge(plan, terms => terms, stranger.Key)).Should().Be(EpochError.Forged);
        lab.Check(lab.Forge(plan, terms => terms)).Should().BeNull();
    }

    [Fact]
    public async Task Planning_OfWhatWouldBeRefused_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Options);
        using CommitteeBench other = await CommitteeBench.CreateAsync(Options);

        ErrorOf(() => bench.PlanEpoch([0, 1, 2, 3, 4], 0, 1)).Should().Be(EpochError.TooFewMembers);
        ErrorOf(() => bench.PlanEpoch([0, 1, 2, 6, 7])).Should().Be(EpochError.TooFewClients);
        ErrorOf(() => other.Authority.PlanEpoch(bench.Job, bench.RosterOf(0, 1, 2, 3, 4))).Should().Be(EpochError.AnotherJob);
        bench.Invoking(one => one.PlanEpoch([0, 1, 2, 3, 4], 5)).Should().Throw<ArgumentException>().WithParameterName("retired");
    }

    [Fact]
    public async Task Key_OfAPlannedEpoch_IsGrantedToItsClientsOnly_AndTheKeyBeforeToThoseBefore()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Options);
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 3, 4, 6]);
        FederationJob next = new EpochLab(bench).Certify(new EpochStatement(plan, 2, EpochLab.DigestOf("base")), bench.Job, 0, 1, 2).Job;

        (await AskAsync(bench, bench.Job, 5)).Should().BeNull();
        (await AskAsync(bench, next, 4)).Should().BeNull();
        (await AskAsync(bench, next, 6)).Should().BeNull();
        (await AskAsync(bench, next, 5)).Should().Be(KeyRefusalReason.UnknownClient, "the client leaves");
        (await AskAsync(bench, bench.Job, 6)).Should().Be(KeyRefusalReason.UnknownClient, "the client was not there");
    }

    [Fact]
    public async Task Authority_SavedAndLoaded_HasTheKeysOfItsPlans()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Options);
        using var protector = new FastProtector();
        EpochPlan plan = bench.PlanEpoch([0, 1, 2, 3, 4, 6]);
        FederationJob next = new EpochLab(bench).Certify(new EpochStatement(plan, 2, EpochLab.DigestOf("base")), bench.Job, 0, 1, 2).Job;
        var saved = new ArrayBufferWriter<byte>();
        bench.Authority.Save(saved, protector);

        using GroupKeyAuthority loaded = GroupKeyAuthority.Load(saved.WrittenSpan, protector, bench.Parameters, bench.Roster, new RosterAuthenticator());

        loaded.Info.Should().Be(bench.Authority.Info);
        foreach ((FederationJob job, int client) in new[] { (bench.Job, 5), (next, 6) })
        {
            using var request = new KeyRequest(job, bench.Identities[client]);
            using ClientKeys keys = request.Open((await loaded.HandleAsync(request.Bytes)).Answer);
            keys.KeyId.Should().Be(job.Authority.KeyId);
        }

        using var refused = new KeyRequest(next, bench.Identities[5]);
        (await loaded.HandleAsync(refused.Bytes)).Refusal.Should().Be(KeyRefusalReason.UnknownClient);
    }

    [Fact]
    public async Task Bytes_Damaged_AreRefused_OrAreNoPlanOfTheAuthority()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(Options);
        byte[] bytes = bench.PlanEpoch([0, 1, 2, 3, 4, 6]).Bytes.ToArray();
        var hostile = new HostileBytes(20261129);
        for (int i = 0; i < 400; i++)
        {
            byte[] mutated = hostile.Next(bytes).ToArray();
            if (!mutated.AsSpan().SequenceEqual(bytes)
                && EpochPlan.TryRead(mutated, bench.Parameters.Id, out EpochPlan? read, out _))
            {
                EpochRules.Check(read, bench.Job).Should().NotBeNull("the seed is 20261129, and this is mutation {0}", i);
            }
        }
    }

    [Fact]
    public async Task Order_OfClientsThatJoin_IsNotKnownWhenTheyChooseTheirNames()
    {
        // Guard: the digest of the epoch before is public, and a client that tried names would come first of all that join.
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4, Reserve = 4, Quorum = 4 });

        string[] orders = [.. Enumerable.Range(0, 12).Select(_ => string.Join(' ', bench.PlanEpoch([0, 1, 2, 3, 4, 5, 6, 7]).Committee.Successors))];

        orders.Distinct().Should().HaveCountGreaterThan(1, "the identity of the epoch's key decides, which nobody knows before the plan");
    }

    private static EpochTerms Follow(EpochTerms terms, CommitteeBench bench, ClientRoster roster) => terms with
    {
        Roster = roster,
        Committee = Succession.Next(bench.Committee, bench.Job.Epoch.Digest, terms.KeyId, roster, new HashSet<ClientId>())!,
    };

    private static ClientRoster With(ClientRoster roster, string name, VerificationKey key) => roster.With([KeyValuePair.Create(new ClientId(name), key)], []);

    private static EpochPlan PassThroughBytes(EpochPlan plan, CommitteeBench bench)
    {
        var bytes = new ArrayBufferWriter<byte>();
        plan.WriteTo(bytes);
        EpochPlan.TryRead(bytes.WrittenSpan, bench.Parameters.Id, out EpochPlan? read, out FormatError reason).Should().BeTrue("{0}", reason);
        return read!;
    }

    private static EpochError? ErrorOf(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (EpochRefusedException refused)
        {
            return refused.Error;
        }
    }

    private static async Task<KeyRefusalReason?> AskAsync(CommitteeBench bench, FederationJob job, int client)
    {
        using var request = new KeyRequest(job, bench.Identities[client]);
        return (await bench.Authority.HandleAsync(request.Bytes)).Refusal;
    }
}
