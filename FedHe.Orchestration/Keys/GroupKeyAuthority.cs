using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Protection;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A group-key authority makes the clients' common key of tags for a job with a committee, plans its epochs, and sends the key of each,
/// encrypted, to clients that authenticate. It has no key that opens an upload or a sum, takes no part in the rounds and is thread-safe.
/// </summary>
/// <remarks>
/// Whoever has the group key can forge tags together with the server, which shifts averages, and still reads nothing. The job fixes
/// the key by its identity, so that all clients have the same one.
/// </remarks>
public sealed class GroupKeyAuthority : IDisposable
{
    private const string What = "group-key authority";

    private readonly SigningKey _signingKey;
    private readonly Guid _jobId;
    private readonly KeyRequestDesk _desk;
    private readonly Lock _planning = new();

    // The first one is the job's, and the others those of planned epochs. Replaced, never changed.
    private ImmutableArray<EpochKey> _keys;

    /// <summary>Creates an authority with a fresh group key for a job.</summary>
    /// <param name="jobId">The job; its description is made afterwards, from <see cref="Info"/>.</param>
    /// <param name="parameters">The parameters of the job's round keys: see <see cref="FederationJob.PlanRoundKeys(FederationSettings, AggregationTerms, UpdateTerms?)"/>.</param>
    /// <param name="roster">The clients that may request the key.</param>
    /// <param name="authenticator">The authenticator, which decides about each of them for the host.</param>
    /// <param name="logger">The logger, which receives the requests and the answers, but never a key.</param>
    /// <param name="meterFactory">The factory of the container's meters, or null for the meter that the process shares.</param>
    public GroupKeyAuthority(
        Guid jobId,
        KeyAdditiveParameters parameters,
        ClientRoster roster,
        IClientAuthenticator authenticator,
        ILogger<GroupKeyAuthority>? logger = null,
        IMeterFactory? meterFactory = null)
        : this(jobId, parameters, [new EpochKey(roster, GroupKey.Generate())], ECDsa.Create(EllipticCurve.P256), authenticator, logger, meterFactory)
    {
    }

    private GroupKeyAuthority(
        Guid jobId,
        KeyAdditiveParameters parameters,
        ImmutableArray<EpochKey> keys,
        ECDsa signingKey,
        IClientAuthenticator authenticator,
        ILogger<GroupKeyAuthority>? logger,
        IMeterFactory? meterFactory)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(keys[0].Roster, "roster");
        ArgumentNullException.ThrowIfNull(authenticator);
        ArgumentOutOfRangeException.ThrowIfEqual(jobId, Guid.Empty);
        _jobId = jobId;
        _keys = keys;
        _signingKey = new SigningKey(signingKey);
        Info = new AuthorityInfo(parameters.SchemeName, parameters.Id, keys[0].Id, _signingKey.VerificationKey);
        PublicContext = KeyAdditiveContext.CreatePublic(parameters);
        _desk = new KeyRequestDesk(
            jobId,
            parameters.Id,
            _signingKey,
            authenticator,
            new SafeLogger(logger),
            new Instruments(meterFactory, jobId, keys[^1].Roster),
            keyId => Keys.FirstOrDefault(key => key.Id == keyId)?.Granted);
    }

    /// <summary>The public description of the authority, which becomes part of the job.</summary>
    public AuthorityInfo Info { get; }

    /// <summary>The context of the job's round keys that the server gets, from which no key can be reached.</summary>
    public HePublicContext PublicContext { get; }

    private ImmutableArray<EpochKey> Keys
    {
        get
        {
            lock (_planning)
            {
                return _keys;
            }
        }
    }

    /// <summary>Tells whether the authority has a group key, which it lacks where it was loaded from bytes that are older than a plan.</summary>
    /// <param name="key">The identity of the key, such as <see cref="EpochPlan.KeyId"/>.</param>
    public bool Has(KeyId key) => Keys.Any(one => one.Id == key);

    /// <summary>
    /// Plans the next epoch of a job: with another roster, a fresh group key and the committee that follows from both. Clients that leave
    /// do not get the key. Save the authority before the plan leaves: without its key no client can take part in the epoch.
    /// </summary>
    /// <param name="job">The job in its current epoch: as it was described, or from <see cref="EpochCertificate.Job"/> of the newest certificate.</param>
    /// <param name="roster">The clients of the next epoch. Clients that stay keep their keys; as many as the job's quorum must stay.</param>
    /// <param name="retired">The clients on the roster that are to be members no more; null for none. Later plans name them again.</param>
    /// <returns>The plan, for <c>FederationServer.Propose</c>.</returns>
    /// <exception cref="EpochRefusedException">The plan would be refused, for the reason that the exception names.</exception>
    /// <exception cref="ArgumentException">A retired client is not on the roster.</exception>
    public EpochPlan PlanEpoch(FederationJob job, ClientRoster roster, IEnumerable<ClientId>? retired = null)
        => _desk.Gate is null ? SignEpoch(DraftEpoch(job, roster, retired), job) : throw new EpochRefusedException(EpochError.NotApproved);

    /// <summary>
    /// Drafts the next epoch of a job, for administrators to approve and <see cref="SignEpoch"/> to sign. Save the authority before the draft is shown: its
    /// group key is among the authority's from now on. An authority that demands approvals grants it to nobody before the epoch has begun.
    /// </summary>
    /// <param name="job">The job in its current epoch: as it was described, or from <see cref="EpochCertificate.Job"/> of the newest certificate.</param>
    /// <param name="roster">The clients of the next epoch. Clients that stay keep their keys; as many as the job's quorum must stay.</param>
    /// <param name="retired">The clients on the roster that are to be members no more; null for none. Later plans name them again.</param>
    /// <exception cref="EpochRefusedException">The plan would be refused, for the reason that the exception names.</exception>
    /// <exception cref="ArgumentException">A retired client is not on the roster.</exception>
    public EpochDraft DraftEpoch(FederationJob job, ClientRoster roster, IEnumerable<ClientId>? retired = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(roster);
        ImmutableSortedSet<ClientId> leaving = [.. retired ?? []];
        if (!leaving.All(client => roster.TryGetKey(client, out _)))
        {
            throw Throw.RetiredNotOnTheRoster(nameof(retired));
        }

        RequireOwn(job);
        if (job.Committee is null)
        {
            throw new EpochRefusedException(EpochError.NoCommittee);
        }

        if (_desk.Gate?.HasAdministrator(roster) == true)
        {
            throw new EpochRefusedException(EpochError.AdministratorKey);
        }

        var key = new EpochKey(roster, GroupKey.Generate());
        if (Succession.Next(job.Committee, job.Epoch.Digest, key.Id, roster, leaving) is not CommitteeTerms next)
        {
            key.Dispose();
            throw new EpochRefusedException(EpochError.TooFewMembers);
        }

        var terms = new EpochTerms(_jobId, job.Digest, job.EpochNumber + 1, job.Epoch.Digest, key.Id, roster, [.. leaving], next);
        if (EpochRules.CheckTerms(terms, job) is EpochError error)
        {
            key.Dispose();
            throw new EpochRefusedException(error);
        }

        lock (_planning)
        {
            _keys = _keys.Add(key);
        }

        return EpochDraft.Of(terms, Info.ParametersId);
    }

    /// <summary>Signs the plan of a draft of this authority. Save the authority before the plan leaves.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="job">The job in its current epoch.</param>
    /// <returns>The plan, for <c>FederationServer.Propose</c>.</returns>
    /// <exception cref="EpochRefusedException">
    /// The draft does not hold, its group key is not the authority's (<see cref="EpochError.Forged"/>), or too few administrators have approved it (<see cref="EpochError.NotApproved"/>).
    /// </exception>
    public EpochPlan SignEpoch(EpochDraft draft, FederationJob job)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(job);
        RequireOwn(job);
        draft.Check(job);
        if (Keys.FirstOrDefault(key => key.Id == draft.KeyId) is not EpochKey own || !own.Roster.IsSame(draft.Roster))
        {
            throw new EpochRefusedException(EpochError.Forged);
        }

        if (_desk.Gate is ApprovalGate gate)
        {
            // What is counted has the bytes that are signed.
            if (!gate.Count(ApprovalSubject.OfPlan(EpochDraft.Of(draft.Terms, Info.ParametersId))).IsEnough)
            {
                throw new EpochRefusedException(EpochError.NotApproved);
            }

            if (gate.HasAdministrator(draft.Roster))
            {
                throw new EpochRefusedException(EpochError.AdministratorKey);
            }
        }

        return EpochPlan.Sign(draft.Terms, Info.ParametersId, _signingKey);
    }

    /// <summary>Answers a key request with the encrypted group key, or with a refusal that states nothing but its reason.</summary>
    /// <param name="request">The bytes from <see cref="KeyRequest.Bytes"/>; untrusted.</param>
    /// <param name="cancellationToken">Cancels the host's decision.</param>
    /// <returns>The answer, whose bytes are for <see cref="KeyRequest.Open(ReadOnlyMemory{byte})"/>.</returns>
    public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
        => _desk.HandleAsync(request, cancellationToken);

    /// <summary>Demands the approval of administrators for all grants and plans from now on. It cannot be taken back.</summary>
    /// <param name="gate">The gate, which counts approvals.</param>
    /// <exception cref="InvalidOperationException">Approvals are demanded already.</exception>
    public void DemandApprovals(ApprovalGate gate) => _desk.Demand(gate);

    /// <summary>Creates the chain of the authority's audit log, whose entries it signs.</summary>
    /// <param name="job">The job.</param>
    /// <param name="head">The head of the log so far, or null for a log that begins.</param>
    /// <exception cref="HeMismatchException">The job names another authority.</exception>
    public AuditChain CreateAuditChain(FederationJob job, AuditHead? head = null) => new(job, _signingKey, head);

    /// <summary>
    /// Saves the keys of the authority under a protector. Save them before the job is described, and again before the plan of an epoch
    /// leaves: without them no client that joins or has lost its key can ever get it.
    /// </summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the keys; a password, or the host's own key store.</param>
    /// <exception cref="InvalidOperationException">The signing key cannot be exported, because its store keeps it.</exception>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        using var secret = new PinnedBufferWriter();
        var clear = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(clear);
        writer.WriteGuid(_jobId);
        ImmutableArray<EpochKey> keys = Keys;
        writer.WriteInt32(keys.Length - 1);
        foreach (EpochKey key in keys)
        {
            secret.Write(key.Secret);
            if (key.Id != Info.KeyId)
            {
                key.Roster.Write(writer);
            }
        }

        byte[] signingKey = _signingKey.Export();
        secret.Write(signingKey);
        CryptographicOperations.ZeroMemory(signingKey);
        SealedObject.Write(SealedKind.GroupKeyAuthority, Info.ParametersId, clear.WrittenSpan, secret.WrittenSpan, protector, destination);
    }

    /// <summary>Creates an authority from saved keys, to continue its job after a restart.</summary>
    /// <param name="source">The bytes that <see cref="Save"/> wrote.</param>
    /// <param name="protector">The protector that the keys were saved under.</param>
    /// <param name="parameters">The parameters of the job's round keys.</param>
    /// <param name="roster">The clients that may request the key of the first epoch; those of planned epochs are in the saved bytes.</param>
    /// <param name="authenticator">The authenticator, which decides about each of them for the host.</param>
    /// <param name="logger">The logger, which receives the requests and the answers, but never a key.</param>
    /// <param name="meterFactory">The factory of the container's meters, or null for the meter that the process shares.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are not saved keys of an authority with these parameters, or the protector does not open them.
    /// </exception>
    public static GroupKeyAuthority Load(
        ReadOnlySpan<byte> source,
        ISecretProtector protector,
        KeyAdditiveParameters parameters,
        ClientRoster roster,
        IClientAuthenticator authenticator,
        ILogger<GroupKeyAuthority>? logger = null,
        IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using PinnedBufferWriter secret = SealedObject.Open(
            SealedKind.GroupKeyAuthority, parameters.Id, source, protector, What, out byte[] clear);
        var reader = new WireReader(clear);
        Guid jobId = reader.ReadGuid();
        var rosters = new List<ClientRoster> { roster };
        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            if (ClientRoster.Read(ref reader) is ClientRoster next)
            {
                rosters.Add(next);
            }
        }

        reader.ExpectEnd();
        ReadOnlySpan<byte> bytes = secret.WrittenSpan;
        int length = rosters.Count * TagKey.SizeInBytes;
        if (reader.Failed || jobId == Guid.Empty || bytes.Length <= length || SigningKey.TryImport(bytes[length..]) is not ECDsa signing)
        {
            throw new HeFormatException(FormatError.Inconsistent, What);
        }

        var keys = ImmutableArray.CreateBuilder<EpochKey>(rosters.Count);
        for (int i = 0; i < rosters.Count; i++)
        {
            byte[] groupKey = SecretMemory.Allocate<byte>(TagKey.SizeInBytes);
            bytes.Slice(i * TagKey.SizeInBytes, TagKey.SizeInBytes).CopyTo(groupKey);
            keys.Add(new EpochKey(rosters[i], groupKey));
        }

        return new GroupKeyAuthority(jobId, parameters, keys.ToImmutable(), signing, authenticator, logger, meterFactory);
    }

    /// <summary>Zeroes the group keys and disposes the signing key.</summary>
    public void Dispose()
    {
        foreach (EpochKey key in Keys)
        {
            key.Dispose();
        }

        _signingKey.Dispose();
    }

    private void RequireOwn(FederationJob job)
    {
        if (job.JobId != _jobId || !job.Authority.VerificationKey.Equals(Info.VerificationKey))
        {
            throw new EpochRefusedException(EpochError.AnotherJob);
        }
    }
}
