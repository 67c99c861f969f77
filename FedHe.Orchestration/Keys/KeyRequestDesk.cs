using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Approvals;
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

    private ApprovalGate? _gate;

    /// <summary>What keeps keys back until administrators have approved, or null where nobody has to.</summary>
    public ApprovalGate? Gate => Volatile.Read(ref _gate);

    /// <summary>Grants nothing from now on that administrators have not approved.</summary>
    /// <exception cref="InvalidOperationException">Approvals are demanded already.</exception>
    public void Demand(ApprovalGate gate)
    {
        ArgumentNullException.ThrowIfNull(gate);
        if (Interlocked.CompareExchange(ref _gate, gate, comparand: null) is not null)
        {
            throw Throw.ApprovalsAreDemanded();
        }
    }

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

        // Administrators come first, so that a credential that is good for one request is not used up by one that waits.
        ApprovalSubject? subject = Gate?.SubjectOf(keyRequest.KeyId, keyRequest.Client, key);
        ApprovalTally? approvals = subject is null ? null : Gate!.Count(subject);
        if (Gate is not null && approvals?.IsEnough != true)
        {
            return Wait(keyRequest, key, approvals);
        }

        if (!await authenticator.AuthenticateAsync(keyRequest.Client, keyRequest.Credential, cancellationToken).ConfigureAwait(false))
        {
            return Refuse(keyRequest.Client, KeyRefusalReason.NotAuthenticated);
        }

        // The host may have taken its time, and an approval that has ended meanwhile has to be given again.
        approvals = subject is null ? null : Gate!.Count(subject);
        if (approvals?.IsEnough == false)
        {
            return Wait(keyRequest, key, approvals);
        }

        byte[] bytes = MessageFormat.WriteSigned(asked.Grant(keyRequest), parametersId, signingKey);
        Log.KeyGranted(logger, keyRequest.Client);
        instruments.KeyRequestAnswered(keyRequest.Client, refusal: null);
        return new AuthorityStep
        {
            Answer = bytes,
            Client = keyRequest.Client,
            Refusal = null,
            KeyId = keyRequest.KeyId,
            ClientKey = key,
            Approvals = approvals,
        };
    }

    private static AuthorityStep Wait(KeyRequestMessage request, VerificationKey key, ApprovalTally? approvals) => new()
    {
        Answer = ReadOnlyMemory<byte>.Empty,
        Client = request.Client,
        Refusal = null,
        IsWaiting = true,
        KeyId = request.KeyId,
        ClientKey = key,
        Approvals = approvals,
    };

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
