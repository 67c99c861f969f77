using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Random;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A key authority makes the key pair of one job and sends it, encrypted, to clients that authenticate; the server gets
/// only <see cref="PublicContext"/>. It takes no part in the rounds and is thread-safe.
/// </summary>
/// <remarks>Source: FedML-HE, section 2.3 and Figure 3, the key authority server.</remarks>
public sealed class KeyAuthority : IDisposable
{
    private const int MaxRequestBytes = 2 * KeyRequest.MaxCredentialLength;

    private readonly HeContext _context;
    private readonly KeyPair _keys;
    private readonly byte[] _groupKey;
    private readonly SigningKey _signingKey;
    private readonly Guid _jobId;
    private readonly ClientRoster _roster;
    private readonly IClientAuthenticator _authenticator;
    private readonly ILogger _logger;

    /// <summary>Creates an authority with fresh keys for a job.</summary>
    /// <param name="jobId">The job; its description is made afterwards, from <see cref="Info"/>.</param>
    /// <param name="context">The scheme's context; it must outlive the authority.</param>
    /// <param name="roster">The clients that may request keys.</param>
    /// <param name="authenticator">The authenticator, which decides about each of them for the host.</param>
    /// <param name="logger">The logger, which receives the requests and the answers, but never a key.</param>
    public KeyAuthority(
        Guid jobId, HeContext context, ClientRoster roster, IClientAuthenticator authenticator, ILogger<KeyAuthority>? logger = null)
        : this(jobId, context, Generate(context), GenerateGroupKey(), ECDsa.Create(EllipticCurve.P256), roster, authenticator, logger)
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
        ILogger<KeyAuthority>? logger = null)
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
        _roster = roster;
        _authenticator = authenticator;
        _logger = logger ?? NullLogger<KeyAuthority>.Instance;
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
    /// <returns>The bytes to pass to <see cref="KeyRequest.Open"/>.</returns>
    public async Task<ReadOnlyMemory<byte>> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        if (!MessageFormat.TryRead(request, Info.ParametersId, MaxRequestBytes, out FederationMessage? message, out _)
            || message is not KeyRequestMessage keyRequest
            || !GrantCipher.IsEphemeralKey(keyRequest.EphemeralKey.Span))
        {
            return Refuse(default, KeyRefusalReason.Malformed);
        }

        if (keyRequest.JobId != _jobId)
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.WrongJob);
        }

        if (!_roster.TryGetKey(keyRequest.Client, out VerificationKey? key))
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.UnknownClient);
        }

        if (!MessageSignature.Verifies(request.Span, MessageSigner.Client, key))
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.BadSignature);
        }

        if (!await _authenticator.AuthenticateAsync(keyRequest.Client, keyRequest.Credential, cancellationToken).ConfigureAwait(false))
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.NotAuthenticated);
        }

        return Grant(keyRequest);
    }

    /// <summary>Zeroes the secret key and disposes the signing key.</summary>
    public void Dispose()
    {
        _keys.Dispose();
        SecretMemory.Zero<byte>(_groupKey);
        _signingKey.Dispose();
    }

    private static byte[] GenerateGroupKey()
    {
        byte[] groupKey = SecretMemory.Allocate<byte>(TagKey.SizeInBytes);
        HedgedRandom.Fill(groupKey);
        return groupKey;
    }

    private static KeyPair Generate(HeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.GenerateKeyPair(SecretKeyExportPolicy.Clear);
    }

    private byte[] Grant(KeyRequestMessage request)
    {
        byte[] bytes = MessageFormat.WriteSigned(KeyGrant.Create(request, _keys, _groupKey), Info.ParametersId, _signingKey);
        Log.KeyGranted(_logger, request.Client);
        Instruments.KeyRequestAnswered(refusal: null);
        return bytes;
    }

    private byte[] Refuse(ClientId client, KeyRefusalReason reason)
    {
        Log.KeyRefused(_logger, client, reason);
        Instruments.KeyRequestAnswered(reason);
        return MessageFormat.Write(new KeyRefusal(_jobId, reason), Info.ParametersId);
    }
}
