using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Keys;

/// <summary>A key-request desk decides about key requests, and grants what its authority gives out.</summary>
/// <param name="jobId">The job.</param>
/// <param name="parametersId">The parameters of the job.</param>
/// <param name="signingKey">Signs grants.</param>
/// <param name="authenticator">Decides about each of them for the host.</param>
/// <param name="logger">Receives requests and answers.</param>
/// <param name="instruments">Count them.</param>
/// <param name="find">Finds the key that a request asks for, or returns null.</param>
internal sealed class KeyRequestDesk(
    Guid jobId,
    Digest parametersId,
    SigningKey signingKey,
    IClientAuthenticator authenticator,
    ILogger logger,
    Instruments instruments,
    Func<KeyId, GrantedKey?> find)
{
    private const int MaxRequestBytes = 2 * KeyRequest.MaxCredentialLength;

    /// <summary>Answers a key request with a grant, or with a refusal that states nothing but its reason.</summary>
    public async Task<AuthorityStep> HandleAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using IDisposable? scope = LogScopes.Begin(logger, jobId);
        if (!MessageFormat.TryRead(request, parametersId, MaxRequestBytes, out FederationMessage? message, out _)
            || message is not KeyRequestMessage keyRequest
            || !GrantCipher.IsEphemeralKey(keyRequest.EphemeralKey.Span))
        {
            return Refuse(null, KeyRefusalReason.Malformed);
        }

        if (keyRequest.JobId != jobId)
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.WrongJob);
        }

        if (find(keyRequest.KeyId) is not GrantedKey asked)
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.UnknownKey);
        }

        if (!asked.Roster.TryGetKey(keyRequest.Client, out VerificationKey? key))
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.UnknownClient);
        }

        if (!MessageSignature.Verifies(request.Span, keyRequest, key))
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.BadSignature);
        }

        if (!await authenticator.AuthenticateAsync(keyRequest.Client, keyRequest.Credential, cancellationToken).ConfigureAwait(false))
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.NotAuthenticated);
        }

        byte[] bytes = MessageFormat.WriteSigned(asked.Grant(keyRequest), parametersId, signingKey);
        Log.KeyGranted(logger, keyRequest.Client);
        instruments.KeyRequestAnswered(keyRequest.Client, refusal: null);
        return new AuthorityStep { Answer = bytes, Client = keyRequest.Client, Refusal = null };
    }

    private AuthorityStep Refuse(ClientId? client, KeyRefusalReason reason)
    {
        Log.KeyRefused(logger, client ?? default, reason);
        instruments.KeyRequestAnswered(client, reason);
        return new AuthorityStep
        {
            Answer = MessageFormat.Write(new KeyRefusal(jobId, reason), parametersId),
            Client = client,
            Refusal = reason,
        };
    }
}
