using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A key request is a client's request for the keys of a job. It holds the only ephemeral key that opens the answer;
/// dispose it after opening the answer. A client whose program ends before the answer comes saves the request.
/// </summary>
public sealed class KeyRequest : IDisposable
{
    /// <summary>The length of the longest credential, in bytes.</summary>
    public const int MaxCredentialLength = 4096;

    private const string What = "key request";

    private readonly ECDiffieHellman _ephemeral;
    private readonly FederationJob _job;
    private readonly ClientId _client;

    /// <summary>Creates a request that is signed by the client.</summary>
    /// <param name="job">The job, as the client knows it from a source it trusts, in the epoch whose keys it needs.</param>
    /// <param name="identity">The client.</param>
    /// <param name="credential">
    /// The bytes that the host's <see cref="IClientAuthenticator"/> expects; may be empty.
    /// </param>
    /// <exception cref="ArgumentException">The credential is longer than <see cref="MaxCredentialLength"/>.</exception>
    public KeyRequest(FederationJob job, ClientIdentity identity, ReadOnlyMemory<byte> credential = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(credential.Length, MaxCredentialLength);
        _job = job;
        _client = identity.Client;
        _ephemeral = GrantCipher.CreateEphemeralKey();
        var message = new KeyRequestMessage(job.JobId, _client, _ephemeral.ExportSubjectPublicKeyInfo(), credential) { KeyId = job.Authority.KeyId };
        Bytes = MessageFormat.WriteSigned(message, job.Authority.ParametersId, identity);
    }

    private KeyRequest(FederationJob job, ClientId client, ReadOnlyMemory<byte> bytes, ECDiffieHellman ephemeral)
    {
        (_job, _client, Bytes, _ephemeral) = (job, client, bytes, ephemeral);
    }

    /// <summary>The job that the keys are requested for.</summary>
    internal FederationJob Job => _job;

    /// <summary>The bytes to pass to <see cref="KeyAuthority.HandleAsync"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>
    /// Saves the request under a protector, for a client whose program ends before the answer comes. Delete the saved request once the
    /// answer is opened, because a party that has both has the keys.
    /// </summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="protector">Encrypts the ephemeral key; a password, or the host's own key store.</param>
    public void Save(IBufferWriter<byte> destination, ISecretProtector protector)
    {
        byte[] secret = _ephemeral.ExportPkcs8PrivateKey();
        try
        {
            SealedObject.Write(SealedKind.KeyRequest, _job.Authority.ParametersId, Bytes.Span, secret, protector, destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <summary>Loads a saved request, to open the answer to it.</summary>
    /// <param name="source">The bytes of exactly one request.</param>
    /// <param name="protector">The protector that it was saved under.</param>
    /// <param name="job">The job that the keys were requested for.</param>
    /// <param name="identity">The client that made the request.</param>
    /// <exception cref="HeFormatException">
    /// The bytes are no saved request of this client for this job, or the protector does not open them.
    /// </exception>
    public static KeyRequest Load(ReadOnlySpan<byte> source, ISecretProtector protector, FederationJob job, ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(identity);
        using PinnedBufferWriter secret = SealedObject.Open(
            SealedKind.KeyRequest, job.Authority.ParametersId, source, protector, What, out byte[] bytes);
        if (!MessageFormat.TryRead(bytes, job.Authority.ParametersId, bytes.Length, out FederationMessage? message, out FormatError error))
        {
            throw new HeFormatException(error, What);
        }

        if (message is not KeyRequestMessage request || request.JobId != job.JobId || request.Client != identity.Client || request.KeyId != job.Authority.KeyId
            || !MessageSignature.Verifies(bytes, request, identity.VerificationKey)
            || GrantCipher.TryImport(secret.WrittenSpan) is not ECDiffieHellman ephemeral)
        {
            throw new HeFormatException(FormatError.Inconsistent, What);
        }

        if (!ephemeral.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(request.EphemeralKey.Span))
        {
            ephemeral.Dispose();
            throw new HeFormatException(FormatError.Inconsistent, What);
        }

        return new KeyRequest(job, identity.Client, bytes, ephemeral);
    }

    /// <summary>Opens the authority's answer and returns the keys, which the caller disposes.</summary>
    /// <param name="context">The context of the job's parameters; it must outlive the keys.</param>
    /// <param name="answer">The bytes that came back; untrusted.</param>
    /// <exception cref="KeyRefusedException">The authority refused.</exception>
    /// <exception cref="HeFormatException">
    /// The bytes are malformed, are for another client or request, or do not come from the job's authority.
    /// </exception>
    /// <exception cref="HeMismatchException">
    /// The context has other parameters than the job, or the job has a committee, whose keys belong to no scheme.
    /// </exception>
    public ClientKeys Open(HeContext context, ReadOnlyMemory<byte> answer)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_job.Committee is not null)
        {
            throw Throw.CommitteeHasNoScheme();
        }

        return context.ParametersId == _job.Authority.ParametersId ? OpenWith(context, answer) : throw Throw.ParametersOfAnotherJob();
    }

    /// <summary>
    /// Opens the answer of a group-key authority and returns the keys of a job with a committee, which the caller disposes.
    /// </summary>
    /// <param name="answer">The bytes that came back; untrusted.</param>
    /// <exception cref="KeyRefusedException">The authority refused.</exception>
    /// <exception cref="HeFormatException">
    /// The bytes are malformed, are for another client or request, or do not come from the job's authority.
    /// </exception>
    /// <exception cref="HeMismatchException">The job has no committee: its keys belong to a scheme.</exception>
    public ClientKeys Open(ReadOnlyMemory<byte> answer)
        => _job.Committee is not null ? OpenWith(context: null, answer) : throw Throw.SchemeNeedsContext();

    /// <inheritdoc/>
    public void Dispose() => _ephemeral.Dispose();

    private ClientKeys OpenWith(HeContext? context, ReadOnlyMemory<byte> answer)
    {
        MessageFormat.TryRead(answer, _job.Authority.ParametersId, answer.Length, out FederationMessage? message, out FormatError error);
        ClientKeys? keys = null;
        switch (message)
        {
            case KeyRefusal refusal:
                throw new KeyRefusedException(refusal.Reason);
            case KeyGrantMessage grant:
                error = Check(grant, answer.Span);
                error = error == FormatError.None ? context is null ? KeyGrant.TryOpen(grant, _job, _ephemeral, out keys) : KeyGrant.TryOpen(grant, context, _ephemeral, out keys) : error;
                break;
            case not null:
                error = FormatError.WrongKind;
                break;
        }

        return keys ?? throw new HeFormatException(error, "key grant");
    }

    private FormatError Check(KeyGrantMessage grant, ReadOnlySpan<byte> bytes)
    {
        if (grant.JobId != _job.JobId || grant.Client != _client || grant.KeyId != _job.Authority.KeyId)
        {
            return FormatError.Inconsistent;
        }

        return MessageSignature.Verifies(bytes, grant, _job.Authority.VerificationKey)
            ? FormatError.None
            : FormatError.AuthenticationFailed;
    }
}
