using FedHe.Crypto.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;

namespace FedHe.Orchestration.Server;

/// <summary>
/// Message authentication checks whether bytes are a message of a client of the job, signed by that client. It costs the same
/// for the longest message as for the shortest: nothing of the content of an upload is read.
/// </summary>
internal sealed class MessageAuthentication(FederationServerSetup setup, ServerState state, MessageLimits limits)
{
    private readonly FederationJob _job = setup.Job;

    /// <summary>Authenticates a message and returns the reason for a refusal.</summary>
    /// <param name="bytes">The bytes that arrived; untrusted.</param>
    /// <param name="authentic">The message, or null when it was refused.</param>
    /// <param name="claimed">The client that the message names, authentic or not.</param>
    public RefusalReason Check(ReadOnlyMemory<byte> bytes, out ClientMessage? authentic, out ClientId claimed)
    {
        authentic = null;
        claimed = default;
        if (!MessageFormat.TryRead(
            bytes, _job.Authority.ParametersId, limits.Of(bytes.Span), out FederationMessage? message, out FormatError error))
        {
            return error == FormatError.FieldOutOfRange ? RefusalReason.Malformed : UploadIntake.ReasonOf(error);
        }

        if (message is not ClientMessage clientMessage)
        {
            return RefusalReason.UnexpectedMessage;
        }

        claimed = clientMessage.Client;
        if (message.JobId != _job.JobId)
        {
            return RefusalReason.WrongJob;
        }

        // Clients that left are known by their keys, and get the certificate that says so.
        if (!state.Epochs.TryGetKey(claimed, out VerificationKey? key))
        {
            return RefusalReason.UnknownClient;
        }

        if (!MessageSignature.Verifies(bytes.Span, clientMessage, key))
        {
            return RefusalReason.BadSignature;
        }

        authentic = clientMessage;
        return RefusalReason.None;
    }
}
