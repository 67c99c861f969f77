using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Tests.Committee;

namespace FedHe.Orchestration.Tests.Approvals;

/// <summary>What counts as the approval of a thing, and what does not.</summary>
public sealed class ApprovalRulesTests
{
    [Fact]
    public async Task Administrators_WhoApproved_AreCountedOnceEach()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        ApprovalSubject subject = bench.Grant(0);
        bench.Approve(subject, "anna", "anna");

        ApprovalTally one = Count(bench, subject);
        (one.IsEnough, one.Missing).Should().Be((false, 1), "one administrator stays one, however often");
        one.ApprovedBy.Should().Equal("anna");
        one.Others.Should().Equal("ben", "carla");

        bench.Approve(subject, "carla");
        ApprovalTally two = Count(bench, subject);
        (two.IsEnough, two.Missing).Should().Be((true, 0));
        two.ApprovedBy.Should().Equal("anna", "carla");
    }

    [Fact]
    public async Task Approval_OfOneThing_CountsForNoOther()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        using ApprovalBench other = await ApprovalBench.CreateAsync();
        EpochDraft draft = bench.Draft(0, 1, 2, 3, 4, 6);
        EpochDraft again = bench.Draft(0, 1, 2, 3, 4, 6);
        bench.Approve(ApprovalSubject.OfPlan(draft), "anna", "ben");
        EpochPlan plan = bench.Authority.SignEpoch(draft, bench.Bench.Job);
        ApprovalSubject[] subjects =
        [
            bench.Grant(0),
            bench.Grant(1),
            bench.Grant(0, bench.Begin(plan).Job),
            other.Grant(0),
            ApprovalSubject.OfPlan(draft),
            ApprovalSubject.OfPlan(again),
        ];
        foreach (ApprovalSubject approved in subjects)
        {
            bench.Approvals.Clear();
            bench.Approve(approved, "anna", "ben", "carla");

            subjects.Where(subject => Count(bench, subject).ApprovedBy.Length > 0).Should().Equal(approved);
        }

        subjects.Select(subject => subject.Digest).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Approval_ThatHasEnded_CountsNoMore()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        ApprovalSubject subject = bench.Grant(0);
        bench.Approve(subject, "anna", "ben");

        bench.Rules.Count(subject, bench.Read(), bench.Now.AddDays(1).AddSeconds(-1)).IsEnough.Should().BeTrue();
        bench.Rules.Count(subject, bench.Read(), bench.Now.AddDays(1)).ApprovedBy.Should().BeEmpty();
    }

    [Fact]
    public async Task Approval_OfSomebodyElse_CountsForNothing()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        ApprovalSubject subject = bench.Grant(0);
        using var impostor = AdministratorIdentity.Create("anna");
        using var stranger = AdministratorIdentity.Create("dora");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var renamed = new AdministratorIdentity("ben", key);
        var rules = new ApprovalRules(1, [KeyValuePair.Create("anna", bench["anna"].VerificationKey), KeyValuePair.Create("bert", VerificationKey.Of(key))]);

        foreach (AdministratorIdentity one in (AdministratorIdentity[])[impostor, stranger, renamed])
        {
            byte[] bytes = ApprovalBench.BytesOf(Approval.Sign(subject, bench.Now.AddDays(1), one));
            rules.Count(subject, [bytes], bench.Now).ApprovedBy.Should().BeEmpty("{0} is not among them, or not by this name", one.Name);
        }
    }

    [Fact]
    public async Task Rules_ThatCannotWork_AreRefused()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        KeyValuePair<string, VerificationKey> anna = KeyValuePair.Create("anna", bench["anna"].VerificationKey), ben = KeyValuePair.Create("ben", bench["ben"].VerificationKey);

        RefusedRules(0, anna, ben).Should().Be("needed");
        RefusedRules(3, anna, ben).Should().Be("needed");
        RefusedRules(1, anna, KeyValuePair.Create("anna", ben.Value)).Should().Be("administrators");
        RefusedRules(1, anna, KeyValuePair.Create("ben", anna.Value)).Should().Be("administrators", "one key is one administrator");
        RefusedRules(1, KeyValuePair.Create("anna b", anna.Value)).Should().Be("administrators");
        RefusedRules(2, anna, ben).Should().BeNull();
    }

    [Theory]
    [InlineData("server")]
    [InlineData("authority")]
    [InlineData("client")]
    public async Task Administrator_WithTheKeyOfAParty_IsRefused(string party)
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        VerificationKey key = party switch
        {
            "server" => bench.Bench.Job.ServerKey,
            "authority" => bench.Bench.Job.Authority.VerificationKey,
            _ => bench.Bench.Identities[2].VerificationKey,
        };
        var rules = new ApprovalRules(1, [KeyValuePair.Create("anna", key)]);

        FluentActions.Invoking(() => new ApprovalGate(bench.Bench.Job, rules, bench, bench.Bench.Time)).Should().Throw<ArgumentException>().WithMessage("*'anna'*");
    }

    [Fact]
    public void Identity_SavedAndLoaded_SignsTheSame_AndFailsUnderAnotherKey()
    {
        using var protector = new FastProtector();
        using var other = new FastProtector();
        using var anna = AdministratorIdentity.Create("anna");
        var saved = new System.Buffers.ArrayBufferWriter<byte>();
        anna.Save(saved, protector);

        using AdministratorIdentity loaded = AdministratorIdentity.Load(saved.WrittenSpan, protector);

        (loaded.Name, loaded.VerificationKey).Should().Be((anna.Name, anna.VerificationKey));
        FluentActions.Invoking(() => AdministratorIdentity.Load(saved.WrittenSpan, other)).Should().Throw<HeFormatException>();
        FluentActions.Invoking(() => ClientIdentity.Load(saved.WrittenSpan, protector)).Should().Throw<HeFormatException>("an administrator is no client");
        FluentActions.Invoking(() => AdministratorIdentity.Create("anna b")).Should().Throw<ArgumentException>();
    }

    private static ApprovalTally Count(ApprovalBench bench, ApprovalSubject subject) => bench.Rules.Count(subject, bench.Read(), bench.Now);

    private static string? RefusedRules(int needed, params KeyValuePair<string, VerificationKey>[] administrators)
    {
        try
        {
            return new ApprovalRules(needed, administrators).Needed > 0 ? null : "nothing";
        }
        catch (ArgumentException refused)
        {
            return refused.ParamName;
        }
    }
}
