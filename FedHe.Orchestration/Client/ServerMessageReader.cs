using FedHe.Crypto.Errors;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Planning;

namespace FedHe.Orchestration.Client;

/// <summary>A server-message reader takes only bytes that the server signed for the client's job.</summary>
/// <param name="epochs">The epochs of the job.</param>
/// <param name="limits">The longest messages of the job.</param>
internal sealed class ServerMessageReader(EpochLine epochs, MessageLimits limits)
{
    /// <summary>Reads a message that the server signed for this job, or returns null and the reason to ignore the bytes.</summary>
    /// <param name="message">The bytes; untrusted.</param>
    /// <param name="reason">The reason to ignore the bytes, where the result is null.</param>
    public ServerMessage? TryRead(ReadOnlyMemory<byte> message, out IgnoredReason reason)
    {
        FederationJob job = epochs.Job;
        if (!MessageFormat.TryRead(message, job.Authority.ParametersId, limits.Of(message.Span), out FederationMessage? parsed, out FormatError _))
        {
            reason = IgnoredReason.Malformed;
            return null;
        }

        if (parsed is not ServerMessage signed)
        {
            reason = IgnoredReason.UnexpectedMessage;
            return null;
        }

        if (parsed.JobId != job.JobId)
        {
            reason = IgnoredReason.NotForThisClient;
            return null;
        }

        reason = IgnoredReason.ServerSignature;
        return MessageSignature.Verifies(message.Span, signed, job.ServerKey)
            && signed is not (AggregateMessage { IsIntact: false } or CheckRequest { IsIntact: false })
            ? signed
            : null;
    }
}
