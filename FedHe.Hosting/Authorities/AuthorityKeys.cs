using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Authorities;

/// <summary>The keys of an authority of either kind: of a scheme, or the group key of a job with a committee.</summary>
internal sealed class AuthorityKeys : IDisposable
{
    private readonly KeyAuthority? _scheme;
    private readonly GroupKeyAuthority? _group;

    private AuthorityKeys(KeyAuthority? scheme, GroupKeyAuthority? group) => (_scheme, _group) = (scheme, group);

    public static AuthorityKeys Load(PartyFolder folder, FederationJob job, PartyProtector protector, string name, IServiceProvider services)
    {
        byte[] saved = folder.Read(PartyFiles.AuthorityKeys, "save the keys of the authority before its job is described.");
        IClientAuthenticator authenticator = services.GetKeyedService<IClientAuthenticator>(name) ?? throw Throw.NoAuthenticator(name);
        AuthorityKeys? keys = null;
        try
        {
            keys = job.Committee is null
                ? new AuthorityKeys(services.GetRequiredKeyedService<FederationFactory>(name).LoadAuthority(saved, protector, job.Roster), group: null)
                : new AuthorityKeys(scheme: null, GroupKeyAuthority.Load(
                    saved, protector, job.RoundKeyParameters!, job.Roster, authenticator, services.GetService<ILogger<GroupKeyAuthority>>()));
        }
        catch (HeFormatException fault)
        {
            throw Throw.FileRefused(folder.PathOf(PartyFiles.AuthorityKeys), fault);
        }

        if (keys.Info != job.Authority)
        {
            keys.Dispose();
            throw Throw.FileRefused(folder.PathOf(PartyFiles.AuthorityKeys), inner: null);
        }

        return keys;
    }

    public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
        => _scheme?.HandleAsync(request, cancellationToken) ?? _group!.HandleAsync(request, cancellationToken);

    /// <summary>Tells whether the authority has the group key of a plan.</summary>
    public bool Has(EpochPlan plan) => Has(plan.KeyId);

    /// <summary>Tells whether the authority has a group key.</summary>
    public bool Has(KeyId key) => _group?.Has(key) == true;

    /// <summary>Creates the chain of the authority's audit log.</summary>
    public AuditChain CreateAuditChain(FederationJob job, AuditHead? head) => _scheme?.CreateAuditChain(job, head) ?? _group!.CreateAuditChain(job, head);

    /// <summary>Demands the approval of administrators from now on.</summary>
    public void Demand(ApprovalGate gate)
    {
        _scheme?.DemandApprovals(gate);
        _group?.DemandApprovals(gate);
    }

    /// <summary>Drafts the next epoch of a job with a committee.</summary>
    public EpochDraft DraftEpoch(FederationJob job, ClientRoster roster, IEnumerable<ClientId> retired)
        => _group?.DraftEpoch(job, roster, retired) ?? throw new EpochRefusedException(EpochError.NoCommittee);

    /// <summary>Signs the plan of a draft.</summary>
    public EpochPlan SignEpoch(EpochDraft draft, FederationJob job)
        => _group?.SignEpoch(draft, job) ?? throw new EpochRefusedException(EpochError.NoCommittee);

    public void Save(IBufferWriter<byte> destination, PartyProtector protector)
    {
        _scheme?.Save(destination, protector);
        _group?.Save(destination, protector);
    }

    public void Dispose()
    {
        _scheme?.Dispose();
        _group?.Dispose();
    }

    private AuthorityInfo Info => _scheme?.Info ?? _group!.Info;
}
