using System.Buffers;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Audit;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Protection;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A key authority makes the key pair of one job and sends it, encrypted, to clients that authenticate; the server gets
/// only <see cref="PublicContext"/>. It takes no part in the rounds and is thread-safe.
/// </summary>
/// <remarks>Source: FedML-HE, section 2.3 and Figure 3, the key authority server.</remarks>
public sealed class KeyAuthority : IDisposable
{
    private readonly HeContext _context;
    private readonly KeyPair _keys;
    private readonly byte[] _groupKey;
    private readonly SigningKey _signingKey;
    private readonly Guid _jobId;
    private readonly KeyRequestDesk _desk;

    /// <summary>Creates an authority with fresh keys for a job.</summary>
    /// <param name="jobId">The job; its description is made afterwards, from <see cref="Info"/>.</param>
    /// <param name="context">The scheme's context; it must outlive the authority.</param>
    /// <param name="roster">The clients that may request keys.</param>
    /// <param name="authenticator">The authenticator, which decides about each of them for the host.</param>
    /// <param name="logger">The logger, which receives the requests and the answers, but never a key.</param>
    /// <param name="meterFactory">The factory of the container's meters, or null for the meter that the process shares.</param>
    public KeyAuthority(
        Guid jobId,
        HeContext context,
        ClientRoster roster,
        IClientAuthenticator authenticator,
        ILogger<KeyAuthority>? logger = null,
        IMeterFactory? meterFactory = null)
        : this(jobId, context, Generate(context), GroupKey.Generate(), ECDsa.Create(EllipticCurve.P256), roster, authenticator, logger, meterFactory)
    {
    }

    /// <summary>Creates an authority from keys that the host stored, to continue a job after a restart.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="context">The scheme's context; it must outlive the authority.</param>
    /// <param name="keys">The key pair, which must be exportable in clear; disposed with the authority.</param>
    /// <param name="groupKey">The 32 bytes of the clients' common key of tags; the caller zeroes them.</param>
    /// <param name="signingKey">The ECDSA key on P-256 that signs grants; disposed with the authority.</param>
    /// <param name="roster">The clients that may request keys.</param>
    /// <param name="authenticator">The authenticator, which decides about each of them for the host.</param>
    /// <param name="logger">The logger, which receives the requests and the answers, but never a key.</param>
    /// <param name="meterFactory">The factory of the container's meters, or null for the meter that the process shares.</param>
    /// <exception cref="ArgumentException">The secret key may not be exported, or the signing key is not on P-256.</exception>
    /// <exception cref="HeMismatchException">
    /// The key pair has other parameters than the context, or its keys do not belong together.
    /// </exception>
    public KeyAuthority(
        Guid jobId,
        HeContext context,
        KeyPair keys,
        ReadOnlyMemory<byte> groupKey,
        ECDsa signingKey,
        ClientRoster roster,
        IClientAuthenticator authenticator,
        ILogger<KeyAuthority>? logger = null,
        IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(roster);
        ArgumentNullException.ThrowIfNull(authenticator);
        ArgumentOutOfRangeException.ThrowIfEqual(jobId, Guid.Empty);
        if (!keys.SecretKey.ExportPolicy.HasFlag(SecretKeyExportPolicy.Clear))
        {
            throw Throw.SecretKeyNotExportable(nameof(keys));
        }

        if (keys.PublicKey.ParametersId != context.ParametersId)
        {
            throw Throw.ParametersOfAnotherJob();
        }

        if (!context.IsPair(keys.PublicKey, keys.SecretKey))
        {
            throw Throw.KeysOfTwoPairs();
        }

        _signingKey = new SigningKey(signingKey);
        Info = new AuthorityInfo(
            context.Parameters.SchemeName, context.ParametersId, keys.PublicKey.KeyId, _signingKey.VerificationKey);
        _jobId = jobId;
        _context = context;
        _keys = keys;
        if (groupKey.Length != TagKey.SizeInBytes)
        {
            throw Throw.WrongGroupKeyLength(nameof(groupKey));
        }

        _groupKey = SecretMemory.Allocate<byte>(TagKey.SizeInBytes);
        groupKey.Span.CopyTo(_groupKey);
        var granted = new GrantedKey(roster, request => KeyGrant.Create(request, _keys, _groupKey));
        _desk = new KeyRequestDesk(
            jobId,
            context.ParametersId,
            _signingKey,
            authenticator,
            new SafeLogger(logger),
            new Instruments(meterFactory, jobId, roster),
            _ => granted);
    }

    /// <summary>The public description of the authority, which becomes part of the job.</summary>
    public AuthorityInfo Info { get; }

    /// <summary>The part of the context that the server gets, from which no key can be reached.</summary>
    public HePublicContext PublicContext => _context.Public;

    /// <summary>
    /// Answers a key request with the encrypted keys, or with a refusal that states nothing but its reason.
    /// </summary>
    /// <param name="request">The bytes from <see cref="KeyRequest.Bytes"/>; untrusted.</param>
    /// <param name="cancellationToken">Cancels the host's decision.</param>
    /// <returns>The answer, whose bytes are for <see cref="KeyRequest.Open(FedHe.Crypto.HeContext, ReadOnlyMemory{byte})"/>.</returns>
    public Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
        => _desk.HandleAsync(request, cancellationToken);

    /// <summary>Demands the approval of administrators for all grants from now on. It cannot be taken back.</summary>
    /// <param name="gate">The gate, which counts approvals.</param>
    /// <exception cref="InvalidOperationException">Approvals are demanded already.</exception>
    public void DemandApprovals(ApprovalGate gate) => _desk.Demand(gate);

    /// <summary>Creates the chain of the authority's audit log, whose entries it signs.</summary>
    /// <param name="job">The job.</param>
    /// <param name="head">The head of the log so far, or null for a log that begins.</param>
    /// <exception cref="HeMismatchException">The job names another authority.</exception>
    public AuditChain CreateAuditChain(FederationJob job, AuditHead? head = null) => new(job, _signingKey, head);

    /// <summary>
    /// Saves all keys of the authority under a protector. Save them once, before the job is described: without them no client
    /// that joins or has lost its keys can ever get any.
    /// </summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the keys; a password, or the host's own key store.</param>
    /// <exception cref="InvalidOperationException">The signing key cannot be exported, because its store keeps it.</exception>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        using var secret = new PinnedBufferWriter();
        secret.Write(_groupKey);
        WriteWithLength(secret, _signingKey.Export());
        _keys.SecretKey.ExportClear(secret);
        var clear = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(clear);
        writer.WriteGuid(_jobId);
        _keys.PublicKey.WriteTo(clear);
        SealedObject.Write(SealedKind.KeyAuthority, Info.ParametersId, clear.WrittenSpan, secret.WrittenSpan, protector, destination);
    }

    /// <summary>Saves all keys of the authority under a password.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="password">The password, at least 12 characters.</param>
    public void Save(IBufferWriter<byte> destination, ReadOnlySpan<char> password)
    {
        using var protector = new PasswordProtector(password);
        Save(destination, protector);
    }

    /// <summary>Creates an authority from saved keys, to continue its job after a restart.</summary>
    /// <param name="source">The bytes that <see cref="Save(IBufferWriter{byte}, ISecretProtector)"/> wrote.</param>
    /// <param name="protector">The protector that the keys were saved under.</param>
    /// <param name="context">The scheme's context; it must outlive the authority.</param>
    /// <param name="roster">The clients that may request keys.</param>
    /// <param name="authenticator">The authenticator, which decides about each of them for the host.</param>
    /// <param name="logger">The logger, which receives the requests and the answers, but never a key.</param>
    /// <param name="meterFactory">The factory of the container's meters, or null for the meter that the process shares.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are not saved keys of an authority with these parameters, or the protector does not open them.
    /// </exception>
    public static KeyAuthority Load(
        ReadOnlySpan<byte> source,
        ISecretProtector protector,
        HeContext context,
        ClientRoster roster,
        IClientAuthenticator authenticator,
        ILogger<KeyAuthority>? logger = null,
        IMeterFactory? meterFactory = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        using PinnedBufferWriter secret = SealedObject.Open(
            SealedKind.KeyAuthority, context.ParametersId, source, protector, "key authority", out byte[] clear);
        var publicReader = new WireReader(clear);
        Guid jobId = publicReader.ReadGuid();
        ReadOnlySpan<byte> publicKey = publicReader.ReadBytes(publicReader.Remaining);
        var reader = new WireReader(secret.WrittenSpan);
        byte[] groupKey = SecretMemory.Allocate<byte>(TagKey.SizeInBytes);
        try
        {
            reader.ReadBytes(TagKey.SizeInBytes).CopyTo(groupKey);
            ReadOnlySpan<byte> signingKey = reader.ReadBytesWithLength();
            ReadOnlySpan<byte> secretKey = reader.ReadBytes(reader.Remaining);
            FormatError error = reader.Failed ? reader.Error : publicReader.Error;
            KeyPair? keys = null;
            if (error != FormatError.None
                || !context.TryImportKeyPair(publicKey, secretKey, SecretKeyExportPolicy.Clear, out keys, out error)
                || SigningKey.TryImport(signingKey) is not ECDsa signing)
            {
                keys?.Dispose();
                throw new HeFormatException(error == FormatError.None ? FormatError.Inconsistent : error, "key authority");
            }

            return new KeyAuthority(jobId, context, keys, groupKey, signing, roster, authenticator, logger, meterFactory);
        }
        finally
        {
            SecretMemory.Zero<byte>(groupKey);
        }
    }

    /// <summary>Creates an authority from keys that were saved under a password.</summary>
    /// <param name="source">The bytes that <see cref="Save(IBufferWriter{byte}, ReadOnlySpan{char})"/> wrote.</param>
    /// <param name="password">The password.</param>
    /// <param name="context">The scheme's context; it must outlive the authority.</param>
    /// <param name="roster">The clients that may request keys.</param>
    /// <param name="authenticator">The authenticator, which decides about each of them for the host.</param>
    /// <param name="logger">The logger, which receives the requests and the answers, but never a key.</param>
    /// <param name="meterFactory">The factory of the container's meters, or null for the meter that the process shares.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are not saved keys of an authority with these parameters, or the password is wrong.
    /// </exception>
    public static KeyAuthority Load(
        ReadOnlySpan<byte> source,
        ReadOnlySpan<char> password,
        HeContext context,
        ClientRoster roster,
        IClientAuthenticator authenticator,
        ILogger<KeyAuthority>? logger = null,
        IMeterFactory? meterFactory = null)
    {
        using var protector = new PasswordProtector(password);
        return Load(source, protector, context, roster, authenticator, logger, meterFactory);
    }

    /// <summary>Zeroes the secret key and disposes the signing key.</summary>
    public void Dispose()
    {
        _keys.Dispose();
        SecretMemory.Zero<byte>(_groupKey);
        _signingKey.Dispose();
    }

    private static void WriteWithLength(PinnedBufferWriter destination, byte[] secret)
    {
        new WireWriter(destination).WriteBytesWithLength(secret);
        CryptographicOperations.ZeroMemory(secret);
    }

    private static KeyPair Generate(HeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
    }
}
