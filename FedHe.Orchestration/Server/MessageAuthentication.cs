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
        MessageFormat.TryRead(bytes, _job.Authority.ParametersId, limits.Of(bytes.Span), out FederationMessage? message, out FormatError error);
        return Check(bytes.Span, message, error, out authentic, out claimed);
    }

    /// <summary>Authenticates an upload whose update stays in its stream, and returns the reason for a refusal.</summary>
    /// <param name="source">The message; untrusted.</param>
    /// <param name="signed">The message without the update.</param>
    /// <param name="authentic">The message, or null when it was refused.</param>
    /// <param name="claimed">The client that the message names, authentic or not.</param>
    public RefusalReason Check(MessageContent source, out ReadOnlyMemory<byte> signed, out ClientMessage? authentic, out ClientId claimed)
    {
        MessageFormat.TryReadUpload(source, _job.Authority.ParametersId, limits.Of(MessageKind.Upload), out Upload? upload, out signed, out FormatError error);
        return Check(signed.Span, upload, error, out authentic, out claimed);
    }

    private RefusalReason Check(ReadOnlySpan<byte> signed, FederationMessage? message, FormatError error, out ClientMessage? authentic, out ClientId claimed)
    {
        authentic = null;
        claimed = default;
        if (message is null)
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

        if (!MessageSignature.Verifies(signed, clientMessage, key))
        {
            return RefusalReason.BadSignature;
        }

        authentic = clientMessage;
        return RefusalReason.None;
    }
}
