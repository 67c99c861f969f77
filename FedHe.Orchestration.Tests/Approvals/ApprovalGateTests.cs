using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Epochs;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Approvals;

/// <summary>An authority whose administrators must approve grants nothing and signs nothing before they have.</summary>
public sealed class ApprovalGateTests
{
    [Fact]
    public async Task Grant_WithoutEnoughApprovals_Waits_AndIsGivenWithThem()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        bench.Approve(bench.Grant(1), "anna", "ben", "carla");
        bench.Approve(bench.Grant(0), "anna");

        AuthorityStep waiting = await bench.AskAsync(0);
        (waiting.IsWaiting, waiting.Answer.Length, waiting.Refusal).Should().Be((true, 0, null));
        (waiting.Client, waiting.ClientKey).Should().Be((bench.Bench.Name(0), bench.Bench.Identities[0].VerificationKey));
        waiting.Approvals!.Subject.Should().Be(bench.Grant(0));
        waiting.Approvals.ApprovedBy.Should().Equal("anna");

        bench.Approve(bench.Grant(0), "carla");
        using var request = new KeyRequest(bench.Bench.Job, bench.Bench.Identities[0]);
        AuthorityStep granted = await bench.Authority.HandleAsync(request.Bytes);
        granted.IsWaiting.Should().BeFalse();
        granted.Approvals!.ApprovedBy.Should().Equal("anna", "carla");
        using ClientKeys keys = request.Open(granted.Answer);
        keys.KeyId.Should().Be(bench.Bench.Job.Authority.KeyId);
    }

    [Fact]
    public async Task Grant_WhoseApprovalsHaveEnded_Waits()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        bench.Approve(bench.Grant(0), "anna", "ben");
        (await bench.AskAsync(0)).IsWaiting.Should().BeFalse();

        bench.Bench.Time.Pass(TimeSpan.FromDays(1));

        (await bench.AskAsync(0)).IsWaiting.Should().BeTrue();
    }

    [Fact]
    public async Task Grant_OfTheNextEpoch_NeedsApprovalsOfItsOwn_AndTheEpochToHaveBegun()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        EpochDraft draft = bench.Draft(0, 1, 2, 3, 4, 6);
        bench.Approve(ApprovalSubject.OfPlan(draft), "anna", "ben");
        FederationJob next = bench.Begin(bench.Authority.SignEpoch(draft, bench.Bench.Job)).Job;
        bench.Approve(bench.Grant(0), "anna", "ben");
        bench.Approve(bench.Grant(0, next), "anna", "ben");

        AuthorityStep early = await bench.AskAsync(0, next);
        (early.IsWaiting, early.Approvals).Should().Be((true, null), "the authority does not know the epoch");

        bench.Epochs.Add(next);
        (await bench.AskAsync(0, next)).IsWaiting.Should().BeFalse();
        (await bench.AskAsync(1, next)).IsWaiting.Should().BeTrue();
        (await bench.AskAsync(5, next)).Refusal.Should().Be(KeyRefusalReason.UnknownClient, "a client that leaves is nobody's to approve");
    }

    /// <summary>What administrators approve is of the epoch whose key is asked for, and of the key that has signed the request.</summary>
    [Fact]
    public async Task Subject_OfAnotherEpochOrKey_IsNone()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        FederationJob job = bench.Bench.Job;
        var source = new OneEpoch(job);
        var gate = new ApprovalGate(job, bench.Rules, source, bench.Bench.Time);
        (ClientId north, VerificationKey key) = (bench.Bench.Name(0), bench.Bench.Identities[0].VerificationKey);
        gate.SubjectOf(job.Authority.KeyId, north, key).Should().Be(bench.Grant(0));

        gate.SubjectOf(bench.Draft(0, 1, 2, 3, 4, 6).KeyId, north, key).Should().BeNull("the source found another epoch than the one of the key");
        gate.SubjectOf(job.Authority.KeyId, north, bench.Bench.Identities[1].VerificationKey).Should().BeNull("the roster of the epoch has another key for the client");
        gate.SubjectOf(job.Authority.KeyId, bench.Bench.Name(6), key).Should().BeNull("the client is on no roster");
    }

    /// <summary>A host may take its time to decide, and approvals end meanwhile.</summary>
    [Fact]
    public async Task Grant_WhoseApprovalsEndBeforeItIsSigned_Waits()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var anna = AdministratorIdentity.Create("anna");
        var time = new ManualTime();
        var source = new OneEpoch(bench.Job);
        using var authority = new KeyAuthority(
            bench.JobId,
            bench.Context,
            bench.Context.GenerateKeyPair(Crypto.Keys.SecretKeyExportPolicy.Clear),
            new byte[32],
            System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256),
            bench.Roster,
            new Judge { Decided = () => time.Pass(TimeSpan.FromHours(2)) });
        source.Job = new FederationJob(bench.JobId, authority.Info, bench.Job.ServerKey, bench.Roster, bench.Job.Terms, bench.Job.InitialModelDigest, bench.Job.Settings);
        authority.DemandApprovals(new ApprovalGate(source.Job, new ApprovalRules(1, [KeyValuePair.Create("anna", anna.VerificationKey)]), source, time));
        using var request = new KeyRequest(source.Job, bench.Identities[0]);
        source.Approvals.Add(ApprovalBench.BytesOf(Approval.Sign(ApprovalSubject.OfGrant(source.Job, bench.Identities[0].Client), time.GetUtcNow().AddHours(1), anna)));

        AuthorityStep step = await authority.HandleAsync(request.Bytes);

        (step.IsWaiting, step.Answer.Length).Should().Be((true, 0));
        step.Approvals!.ApprovedBy.Should().BeEmpty();
    }

    [Fact]
    public async Task Plan_WithoutEnoughApprovals_IsNotSigned()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        EpochDraft draft = bench.Draft(0, 1, 2, 3, 4, 6), other = bench.Draft(0, 1, 2, 3, 4);
        bench.Approve(ApprovalSubject.OfPlan(draft), "anna");
        bench.Approve(ApprovalSubject.OfPlan(other), "anna", "ben");

        ErrorOf(() => bench.Authority.PlanEpoch(bench.Bench.Job, bench.Bench.RosterOf(0, 1, 2, 3, 4))).Should().Be(EpochError.NotApproved);
        ErrorOf(() => bench.Authority.SignEpoch(draft, bench.Bench.Job)).Should().Be(EpochError.NotApproved);

        bench.Approve(ApprovalSubject.OfPlan(draft), "carla");
        EpochPlan plan = bench.Authority.SignEpoch(draft, bench.Bench.Job);
        EpochRules.Check(plan, bench.Bench.Job).Should().BeNull();
        plan.Digest.Should().Be(draft.Digest);
        plan.Roster.Clients.Should().Equal(draft.Roster.Clients);
    }

    [Fact]
    public async Task Draft_ThatTheAuthorityDidNotMake_IsNotSigned()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        EpochDraft draft = bench.Draft(0, 1, 2, 3, 4, 6);
        ClientRoster roster = bench.Bench.RosterOf(0, 1, 2, 3, 4, 7);
        CommitteeTerms committee = Succession.Next(bench.Bench.Committee, bench.Bench.Job.Epoch.Digest, draft.KeyId, roster, new HashSet<ClientId>())!;
        var changed = EpochDraft.Of(draft.Terms with { Roster = roster, Committee = committee }, bench.Bench.Parameters.Id);
        bench.Approve(ApprovalSubject.OfPlan(changed), "anna", "ben");

        // Guard: the key of a draft is for the roster that it was made with.
        ErrorOf(() => bench.Authority.SignEpoch(changed, bench.Bench.Job)).Should().Be(EpochError.Forged);
    }

    [Fact]
    public async Task Draft_WithOtherParameters_OrOfAnotherAuthority_IsNotSigned()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        using ApprovalBench other = await ApprovalBench.CreateAsync();
        EpochDraft draft = bench.Draft(0, 1, 2, 3, 4, 6);
        var shown = EpochDraft.Of(draft.Terms, EpochLab.DigestOf("other parameters"));
        bench.Approve(ApprovalSubject.OfPlan(shown), "anna", "ben");

        // Guard: what is approved and what is signed have the same bytes.
        shown.Digest.Should().NotBe(draft.Digest);
        ErrorOf(() => shown.Check(bench.Bench.Job)).Should().Be(EpochError.AnotherJob);
        ErrorOf(() => ApprovalRequest.OfPlan(shown, []).Check(bench.Bench.Job)).Should().Be(EpochError.AnotherJob);
        ErrorOf(() => bench.Authority.SignEpoch(shown, bench.Bench.Job)).Should().Be(EpochError.AnotherJob);
        shown.IsFor(bench.Bench.Job, draft.Roster, []).Should().BeFalse();
        ErrorOf(() => other.Authority.SignEpoch(draft, bench.Bench.Job)).Should().Be(EpochError.AnotherJob, "the job names another authority");
    }

    [Fact]
    public async Task Administrator_WhoseKeyAClientOfTheNextEpochHas_GetsNoPlan()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        ClientRoster roster = bench.Bench.RosterOf(0, 1, 2, 3, 4).With([KeyValuePair.Create(new ClientId("anna"), bench["anna"].VerificationKey)], []);

        // Guard: she would approve her own grant.
        ErrorOf(() => bench.Authority.DraftEpoch(bench.Bench.Job, roster)).Should().Be(EpochError.AdministratorKey);
    }

    [Fact]
    public async Task Scheme_OfAnAuthority_IsGrantedByTheSameRules_BeforeTheHostIsAsked()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using var anna = AdministratorIdentity.Create("anna");
        var source = new OneEpoch(bench.Job);
        var judge = new Judge();
        using var authority = new KeyAuthority(
            bench.JobId, bench.Context, bench.Context.GenerateKeyPair(Crypto.Keys.SecretKeyExportPolicy.Clear), new byte[32], System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256), bench.Roster, judge);
        source.Job = new FederationJob(
            bench.JobId, authority.Info, bench.Job.ServerKey, bench.Roster, bench.Job.Terms, bench.Job.InitialModelDigest, bench.Job.Settings);
        authority.DemandApprovals(new ApprovalGate(source.Job, new ApprovalRules(1, [KeyValuePair.Create("anna", anna.VerificationKey)]), source, TimeProvider.System));
        using var request = new KeyRequest(source.Job, bench.Identities[0]);

        (await authority.HandleAsync(request.Bytes)).IsWaiting.Should().BeTrue();
        judge.Asked.Should().Be(0, "a credential that is good once is not used up");
        source.Approvals.Add(ApprovalBench.BytesOf(Approval.Sign(
            ApprovalSubject.OfGrant(source.Job, bench.Identities[0].Client), DateTimeOffset.MaxValue, anna)));
        judge.MayHaveKeys = false;
        (await authority.HandleAsync(request.Bytes)).Refusal.Should().Be(KeyRefusalReason.NotAuthenticated, "approvals do not replace the host");
        judge.MayHaveKeys = true;
        using ClientKeys keys = request.Open(bench.Context, (await authority.HandleAsync(request.Bytes)).Answer);
        keys.KeyId.Should().Be(authority.Info.KeyId);
        authority.Invoking(one => one.DemandApprovals(new ApprovalGate(source.Job, new ApprovalRules(1, [KeyValuePair.Create("anna", anna.VerificationKey)]), source, TimeProvider.System)))
            .Should().Throw<InvalidOperationException>("nobody takes the demand back");
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

    private sealed class OneEpoch(FederationJob job) : IApprovalSource
    {
        public FederationJob Job { get; set; } = job;

        public List<byte[]> Approvals { get; } = [];

        public IEnumerable<ReadOnlyMemory<byte>> Read(ApprovalSubject subject) => Approvals.Select(bytes => (ReadOnlyMemory<byte>)bytes);

        public FederationJob? FindEpoch(Crypto.Identities.KeyId key) => Job;
    }

    private sealed class Judge : IClientAuthenticator
    {
        public int Asked { get; private set; }

        public bool MayHaveKeys { get; set; } = true;

        /// <summary>What happens while the host decides.</summary>
        public Action Decided { get; init; } = () => { };

        public Task<bool> AuthenticateAsync(ClientId client, ReadOnlyMemory<byte> credential, CancellationToken cancellationToken)
        {
            Asked++;
            Decided();
            return Task.FromResult(MayHaveKeys);
        }
    }
}
