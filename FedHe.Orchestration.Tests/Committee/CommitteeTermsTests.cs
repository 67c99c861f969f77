using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Planning;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Committee;

public sealed class CommitteeTermsTests
{
    [Theory]
    [InlineData(4, 1, 3, 3)]
    [InlineData(5, 1, 4, 4)]
    [InlineData(6, 1, 4, 5)]
    [InlineData(7, 2, 5, 5)]
    [InlineData(16, 5, 11, 11)]
    public void Terms_OfAnySize_LeaveNoRoomForTwoListsAndOpenWithoutTheCorrupt(int members, int corrupt, int threshold, int quorum)
    {
        var terms = new CommitteeTerms(Names(members));

        (terms.Corrupt, terms.Threshold, terms.Quorum).Should().Be((corrupt, threshold, quorum));
        ((2 * terms.Threshold) - members).Should().BeGreaterThan(terms.Corrupt, "two sets of answers share an honest member");
        terms.Threshold.Should().BeLessThanOrEqualTo(quorum);
        terms.KeyExchange.Should().Be(KeyExchanges.Strongest);
    }

    [Fact]
    public void Terms_ThatCannotHold_AreRefused()
    {
        Create(3).Should().Throw<ArgumentException>();
        Create(17).Should().Throw<ArgumentException>();
        Create(6, corrupt: 2).Should().Throw<ArgumentException>();
        Create(7, corrupt: -1).Should().Throw<ArgumentException>();
        Create(7, keyExchange: (KeyExchange)3).Should().Throw<ArgumentException>();
        ((Func<CommitteeTerms>)(() => new CommitteeTerms([.. Names(4), Names(1)[0]]))).Should().Throw<ArgumentException>();

        static Func<CommitteeTerms> Create(int members, int corrupt = 0, KeyExchange? keyExchange = null)
            => () => new CommitteeTerms(Names(members), corrupt, keyExchange);
    }

    [Fact]
    public void Observer_IsPartOfTheTerms()
    {
        using var first = BoxKeyPair.Generate(KeyExchange.P256);
        using var second = BoxKeyPair.Generate(KeyExchange.P256);
        var terms = new CommitteeTerms(Names(4), observer: first.PublicKey);

        terms.KeyExchange.Should().Be(KeyExchange.P256, "the observer's key decides where nothing else does");
        terms.Should().Be(new CommitteeTerms(Names(4), keyExchange: KeyExchange.P256, observer: first.PublicKey));
        terms.Should().NotBe(new CommitteeTerms(Names(4), keyExchange: KeyExchange.P256));
        terms.Should().NotBe(new CommitteeTerms(Names(4), observer: second.PublicKey));
        ((Action)(() => _ = new CommitteeTerms(Names(4), keyExchange: KeyExchange.P256MLKem768, observer: first.PublicKey))).Should().Throw<ArgumentException>();
        RoundTrip(terms).Should().Be(terms);
        RoundTrip(new CommitteeTerms(Names(4))).Should().Be(new CommitteeTerms(Names(4)));
    }

    [Fact]
    public void Observer_WhosePointIsNotOnTheCurve_IsRefused()
    {
        using var key = BoxKeyPair.Generate(KeyExchange.P256);
        byte[] bytes = Write(new CommitteeTerms(Names(4), observer: key.PublicKey));
        bytes[^1] ^= 1;

        var reader = new WireReader(bytes);
        CommitteeTerms.Read(ref reader).Should().BeNull();
        reader.Failed.Should().BeTrue();
    }

    [Theory]
    [InlineData(100, 0, 0)]
    [InlineData(100, 2, 0)]
    [InlineData(100, 10, 0.02076)]
    [InlineData(100, 100, 1)]
    [InlineData(7, 3, 1)]
    public void Chance_OfMoreCorruptMembers_IsThatOfADraw(int clients, int corruptClients, double chance)
        => new CommitteeTerms(Names(7)).ChanceOfMoreCorrupt(clients, corruptClients).Should().BeApproximately(chance, 0.0001);

    [Fact]
    public void Job_ThatItsCommitteeDoesNotFit_IsRefused()
    {
        ClientIdentity[] identities = [.. Names(4).Select(ClientIdentity.Create)];
        ClientRoster roster = ClientRoster.Of(identities);
        using var server = ServerIdentity.Create();
        var terms = new AggregationTerms(TestModel.Layout, Weighting.Clear, 100);
        var settings = new FederationSettings { Rounds = 1, ClientsPerRound = 4, Quorum = 3 };
        KeyAdditiveParameters parameters = FederationJob.PlanRoundKeys(settings, terms);
        var ofGroupKey = new AuthorityInfo(parameters.SchemeName, parameters.Id, new KeyId(new byte[16]), identities[0].VerificationKey);
        var ofScheme = ofGroupKey with { SchemeName = "ckks" };
        var ofOtherKeys = ofGroupKey with { ParametersId = Digest.Compute("other"u8) };
        var committee = new CommitteeTerms(Names(4));

        Create(ofGroupKey, committee).Should().NotThrow();
        Create(ofScheme, committee: null).Should().NotThrow();
        Create(ofScheme, committee).Should().Throw<ArgumentException>("every client would have a key that opens uploads");
        Create(ofOtherKeys, committee).Should().Throw<ArgumentException>();
        Create(ofGroupKey, committee: null).Should().Throw<ArgumentException>("nobody could open a sum");
        Create(ofGroupKey, committee, JobProtection.Direct).Should().Throw<ArgumentException>();
        Create(ofGroupKey, new CommitteeTerms([.. Names(4)[..3], new ClientId("stranger")])).Should().Throw<ArgumentException>();
        Array.ForEach(identities, identity => identity.Dispose());

        Action Create(AuthorityInfo authority, CommitteeTerms? committee, JobProtection protection = JobProtection.RoundKeys) => () => _ = new FederationJob(
            Guid.NewGuid(), authority, server.VerificationKey, roster, terms, Digest.Compute("model"u8), settings, protection: protection, committee: committee);
    }

    [Fact]
    public async Task Plan_OfAJobWithACommittee_SaysHowManyOpenAndHowManyMayBeSilent()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 7 });
        FederationPlan plan = FederationPlan.Create(bench.Job, bench.ServerSetup.Context);

        plan.Remarks.Should().Contain(remark => remark.Contains("5 answers open one", StringComparison.Ordinal) && remark.Contains("2 members may be silent", StringComparison.Ordinal));
        await bench.StartAsync();
        bench.Reports.Should().OnlyContain(report => report.AggregateLength <= plan.LargestAggregateBytes
            && report.Contributions.All(contribution => contribution.UploadLength <= plan.LargestUploadBytes));
    }

    [Fact]
    public async Task Plan_OfACommitteeOfSome_SaysTheRiskOfADraw()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 30, Members = [.. Enumerable.Range(0, 7)] });
        double chance = bench.Committee.ChanceOfMoreCorrupt(30, 3);

        FederationPlan.Create(bench.Job, bench.ServerSetup.Context).Remarks.Should()
            .Contain(remark => remark.Contains("a tenth of the 30 clients", StringComparison.Ordinal)
                && remark.Contains(chance.ToString("P2", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }

    private static CommitteeTerms? RoundTrip(CommitteeTerms terms)
    {
        var reader = new WireReader(Write(terms));
        return CommitteeTerms.Read(ref reader);
    }

    private static byte[] Write(CommitteeTerms terms)
    {
        var bytes = new ArrayBufferWriter<byte>();
        CommitteeTerms.Write(terms, new WireWriter(bytes));
        return bytes.WrittenSpan.ToArray();
    }

    private static ClientId[] Names(int count) => [.. Enumerable.Range(1, count).Select(number => new ClientId($"c{number:00}"))];
}
