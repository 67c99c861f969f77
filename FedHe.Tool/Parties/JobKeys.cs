using FedHe.Crypto;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Parties;

/// <summary>The keys that the authority hands to clients: those of a scheme, or, where a committee opens sums, the group key alone.</summary>
internal sealed class JobKeys : IDisposable
{
    private readonly HeContext? _context;
    private readonly KeyAuthority? _scheme;
    private readonly GroupKeyAuthority? _group;

    private JobKeys(HeContext context, KeyAuthority authority) => (_context, _scheme) = (context, authority);

    private JobKeys(GroupKeyAuthority authority) => _group = authority;

    public AuthorityInfo Info => _scheme?.Info ?? _group!.Info;

    public HePublicContext PublicContext => _context?.Public ?? _group!.PublicContext;

    /// <summary>Makes the keys of a scheme that protects round keys.</summary>
    public static JobKeys Create(Guid jobId, int clientsPerRound, ClientRoster roster)
    {
        HeContext context = JobPackage.CreateContext(clientsPerRound);
        return new JobKeys(context, new KeyAuthority(jobId, context, roster, new RosterAuthenticator()));
    }

    /// <summary>Makes the group key of a job with a committee.</summary>
    public static JobKeys CreateGroupKey(Guid jobId, KeyAdditiveParameters roundKeys, ClientRoster roster)
        => new(new GroupKeyAuthority(jobId, roundKeys, roster, new RosterAuthenticator()));

    /// <summary>Loads the keys of a job.</summary>
    public static JobKeys Load(ReadOnlySpan<byte> saved, FolderSecrets protector, FederationJob job)
    {
        if (job.Committee is not null)
        {
            return new JobKeys(GroupKeyAuthority.Load(saved, protector, job.RoundKeyParameters!, job.Roster, new RosterAuthenticator()));
        }

        HeContext context = JobPackage.CreateContext(job.Settings.ClientsPerRound);
        try
        {
            return new JobKeys(context, KeyAuthority.Load(saved, protector, context, job.Roster, new RosterAuthenticator()));
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    public byte[] Save(FolderSecrets protector) => SavedBytes.Of(bytes =>
    {
        _scheme?.Save(bytes, protector);
        _group?.Save(bytes, protector);
    });

    public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
        => _scheme?.HandleAsync(request, cancellationToken) ?? _group!.HandleAsync(request, cancellationToken);

    /// <summary>Plans the next epoch of a job with a committee.</summary>
    public EpochPlan PlanEpoch(FederationJob job, ClientRoster roster, IEnumerable<ClientId> retired) => _group!.PlanEpoch(job, roster, retired);

    public void Dispose()
    {
        _scheme?.Dispose();
        _group?.Dispose();
        _context?.Dispose();
    }
}
