using System.Buffers;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Protection;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A group-key authority makes the clients' common key of tags for a job with a committee, and sends it, encrypted, to clients that
/// authenticate. It has no key that opens an upload or a sum, takes no part in the rounds and is thread-safe.
/// </summary>
/// <remarks>
/// Whoever has the group key can forge tags together with the server, which shifts averages, and still reads nothing. The job fixes
/// the key by its identity, so that all clients have the same one.
/// </remarks>
public sealed class GroupKeyAuthority : IDisposable
{
    private const string What = "group-key authority";

    private readonly byte[] _groupKey;
    private readonly SigningKey _signingKey;
    private readonly Guid _jobId;
    private readonly KeyRequestDesk _desk;

    /// <summary>Creates an authority with a fresh group key for a job.</summary>
    /// <param name="jobId">The job; its description is made afterwards, from <see cref="Info"/>.</param>
    /// <param name="parameters">The parameters of the job's round keys: see <see cref="FederationJob.PlanRoundKeys(FederationSettings, AggregationTerms)"/>.</param>
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
        : this(jobId, parameters, GroupKey.Generate(), ECDsa.Create(EllipticCurve.P256), roster, authenticator, logger, meterFactory)
    {
    }

    private GroupKeyAuthority(
        Guid jobId,
        KeyAdditiveParameters parameters,
        byte[] groupKey,
        ECDsa signingKey,
        ClientRoster roster,
        IClientAuthenticator authenticator,
        ILogger<GroupKeyAuthority>? logger,
        IMeterFactory? meterFactory)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(roster);
        ArgumentNullException.ThrowIfNull(authenticator);
        ArgumentOutOfRangeException.ThrowIfEqual(jobId, Guid.Empty);
        _jobId = jobId;
        _groupKey = groupKey;
        _signingKey = new SigningKey(signingKey);
        Info = new AuthorityInfo(parameters.SchemeName, parameters.Id, GroupKey.IdOf(groupKey), _signingKey.VerificationKey);
        PublicContext = KeyAdditiveContext.CreatePublic(parameters);
        _desk = new KeyRequestDesk(
            jobId,
            parameters.Id,
            _signingKey,
            roster,
            authenticator,
            new SafeLogger(logger),
            new Instruments(meterFactory, jobId, roster),
            request => KeyGrant.Create(request, Info.KeyId, _groupKey));
    }

    /// <summary>The public description of the authority, which becomes part of the job.</summary>
    public AuthorityInfo Info { get; }

    /// <summary>The context of the job's round keys that the server gets, from which no key can be reached.</summary>
    public HePublicContext PublicContext { get; }

    /// <summary>Answers a key request with the encrypted group key, or with a refusal that states nothing but its reason.</summary>
    /// <param name="request">The bytes from <see cref="KeyRequest.Bytes"/>; untrusted.</param>
    /// <param name="cancellationToken">Cancels the host's decision.</param>
    /// <returns>The answer, whose bytes are for <see cref="KeyRequest.Open(ReadOnlyMemory{byte})"/>.</returns>
    public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
        => _desk.HandleAsync(request, cancellationToken);

    /// <summary>
    /// Saves the keys of the authority under a protector. Save them once, before the job is described: without them no client that
    /// joins or has lost its key can ever get it.
    /// </summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the keys; a password, or the host's own key store.</param>
    /// <exception cref="InvalidOperationException">The signing key cannot be exported, because its store keeps it.</exception>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        using var secret = new PinnedBufferWriter();
        secret.Write(_groupKey);
        byte[] signingKey = _signingKey.Export();
        secret.Write(signingKey);
        CryptographicOperations.ZeroMemory(signingKey);
        var clear = new ArrayBufferWriter<byte>();
        new WireWriter(clear).WriteGuid(_jobId);
        SealedObject.Write(SealedKind.GroupKeyAuthority, Info.ParametersId, clear.WrittenSpan, secret.WrittenSpan, protector, destination);
    }

    /// <summary>Creates an authority from saved keys, to continue its job after a restart.</summary>
    /// <param name="source">The bytes that <see cref="Save"/> wrote.</param>
    /// <param name="protector">The protector that the keys were saved under.</param>
    /// <param name="parameters">The parameters of the job's round keys.</param>
    /// <param name="roster">The clients that may request the key.</param>
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
        reader.ExpectEnd();
        ReadOnlySpan<byte> bytes = secret.WrittenSpan;
        if (reader.Failed || jobId == Guid.Empty || bytes.Length <= TagKey.SizeInBytes
            || SigningKey.TryImport(bytes[TagKey.SizeInBytes..]) is not ECDsa signing)
        {
            throw new HeFormatException(FormatError.Inconsistent, What);
        }

        byte[] groupKey = SecretMemory.Allocate<byte>(TagKey.SizeInBytes);
        bytes[..TagKey.SizeInBytes].CopyTo(groupKey);
        return new GroupKeyAuthority(jobId, parameters, groupKey, signing, roster, authenticator, logger, meterFactory);
    }

    /// <summary>Zeroes the group key and disposes the signing key.</summary>
    public void Dispose()
    {
        SecretMemory.Zero<byte>(_groupKey);
        _signingKey.Dispose();
    }
}
