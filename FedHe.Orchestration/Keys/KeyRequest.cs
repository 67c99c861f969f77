using System.Security.Cryptography;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Keys;

/// <summary>
/// A client's request for the keys of a job. The request holds the ephemeral key that alone opens the answer; dispose it
/// after opening the answer.
/// </summary>
public sealed class KeyRequest : IDisposable
{
    /// <summary>Longest credential, in bytes.</summary>
    public const int MaxCredentialLength = 4096;

    private readonly ECDiffieHellman _ephemeral = GrantCipher.CreateEphemeralKey();
    private readonly FederationJob _job;
    private readonly ClientId _client;

    /// <summary>Makes a request, signed by the client.</summary>
    /// <param name="job">The job, as the client knows it from a source it trusts.</param>
    /// <param name="identity">The client.</param>
    /// <param name="credential">What the host's <see cref="IClientAuthenticator"/> asks for; may be empty.</param>
    /// <exception cref="ArgumentException">The credential is too long.</exception>
    public KeyRequest(FederationJob job, ClientIdentity identity, ReadOnlyMemory<byte> credential = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(credential.Length, MaxCredentialLength);
        _job = job;
        _client = identity.Client;
        var message = new KeyRequestMessage(job.JobId, _client, _ephemeral.ExportSubjectPublicKeyInfo(), credential);
        Bytes = MessageFormat.WriteSigned(message, job.Authority.ParametersId, identity);
    }

    /// <summary>The bytes to bring to <see cref="KeyAuthority.HandleAsync"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Opens the authority's answer.</summary>
    /// <param name="context">A context of the job's parameters; it must outlive the keys.</param>
    /// <param name="answer">The bytes that came back; untrusted.</param>
    /// <exception cref="KeyRefusedException">The authority refused.</exception>
    /// <exception cref="HeFormatException">The bytes are malformed, for another client or request, or not from the job's authority.</exception>
    /// <exception cref="HeMismatchException">The context has other parameters than the job.</exception>
    public ClientKeys Open(HeContext context, ReadOnlyMemory<byte> answer)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.ParametersId != _job.Authority.ParametersId)
        {
            throw Throw.ParametersOfAnotherJob();
        }

        MessageFormat.TryRead(answer, context.ParametersId, answer.Length, out FederationMessage? message, out FormatError error);
        ClientKeys? keys = null;
        switch (message)
        {
            case KeyRefusal refusal:
                throw new KeyRefusedException(refusal.Reason);
            case KeyGrantMessage grant:
                error = Check(grant, answer.Span);
                error = error == FormatError.None ? KeyGrant.TryOpen(grant, context, _ephemeral, out keys) : error;
                break;
            case not null:
                error = FormatError.WrongKind;
                break;
        }

        return keys ?? throw new HeFormatException(error, "key grant");
    }

    /// <inheritdoc/>
    public void Dispose() => _ephemeral.Dispose();

    private FormatError Check(KeyGrantMessage grant, ReadOnlySpan<byte> bytes)
    {
        if (grant.JobId != _job.JobId || grant.Client != _client || grant.KeyId != _job.Authority.KeyId)
        {
            return FormatError.Inconsistent;
        }

        return MessageFormat.IsSignedBy(_job.Authority.VerificationKey, bytes) ? FormatError.None : FormatError.AuthenticationFailed;
    }
}
