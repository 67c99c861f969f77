using System.Buffers;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Tests.Committee;
using FedHe.Orchestration.Tests.Epochs;

namespace FedHe.Orchestration.Tests.Approvals;

/// <summary>A job with a committee whose authority asks three administrators, of whom two must approve.</summary>
internal sealed class ApprovalBench : IApprovalSource, IDisposable
{
    private readonly List<AdministratorIdentity> _administrators = [.. new[] { "anna", "ben", "carla" }.Select(AdministratorIdentity.Create)];

    private ApprovalBench(CommitteeBench bench)
    {
        Bench = bench;
        Rules = new ApprovalRules(2, _administrators.Select(one => KeyValuePair.Create(one.Name, one.VerificationKey)));
        Epochs.Add(bench.Job);
        bench.Authority.DemandApprovals(new ApprovalGate(bench.Job, Rules, this, bench.Time));
    }

    public CommitteeBench Bench { get; }

    public ApprovalRules Rules { get; }

    public List<byte[]> Approvals { get; } = [];

    /// <summary>The epochs that the authority knows.</summary>
    public List<FederationJob> Epochs { get; } = [];

    public GroupKeyAuthority Authority => Bench.Authority;

    public DateTimeOffset Now => Bench.Time.GetUtcNow();

    public AdministratorIdentity this[string name] => _administrators.Single(one => one.Name == name);

    public static async Task<ApprovalBench> CreateAsync()
        => new(await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 6, Reserve = 2, Members = [0, 1, 2, 3], Successors = [5, 4], Quorum = 4 }));

    public IEnumerable<ReadOnlyMemory<byte>> Read(ApprovalSubject subject) => Read();

    public IEnumerable<ReadOnlyMemory<byte>> Read() => Approvals.Select(bytes => (ReadOnlyMemory<byte>)bytes);

    public FederationJob? FindEpoch(KeyId key) => Epochs.Find(job => job.Authority.KeyId == key);

    public ApprovalSubject Grant(int client, FederationJob? job = null) => ApprovalSubject.OfGrant(job ?? Bench.Job, Bench.Name(client));

    /// <summary>Has administrators approve a subject, for a day.</summary>
    public void Approve(ApprovalSubject subject, params string[] names)
        => Approvals.AddRange(names.Select(name => BytesOf(Approval.Sign(subject, Now.AddDays(1), this[name]))));

    public EpochDraft Draft(params int[] clients) => Authority.DraftEpoch(Bench.Job, Bench.RosterOf(clients));

    /// <summary>Begins the epoch of a plan, whose members vote for it.</summary>
    public EpochCertificate Begin(EpochPlan plan)
        => new EpochLab(Bench).Certify(new EpochStatement(plan, 2, EpochLab.DigestOf("base")), Bench.Job, 0, 1, 2);

    /// <summary>Has a client ask for the key of an epoch.</summary>
    public async Task<AuthorityStep> AskAsync(int client, FederationJob? job = null)
    {
        using var request = new KeyRequest(job ?? Bench.Job, Bench.Identities[client]);
        return await Authority.HandleAsync(request.Bytes);
    }

    public static byte[] BytesOf(Approval approval)
    {
        var bytes = new ArrayBufferWriter<byte>();
        approval.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    public void Dispose()
    {
        Bench.Dispose();
        _administrators.ForEach(one => one.Dispose());
    }
}
