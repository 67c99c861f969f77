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

        return IsOfServer(signed, message.Span, out reason) ? signed : null;
    }

    /// <summary>Reads a message of an aggregate that stays where it is, and that the server signed for this job, or returns null and the reason to ignore the bytes. The aggregate is not read: compare it with its digest before it is used.</summary>
    /// <param name="message">The message; untrusted.</param>
    /// <param name="signed">The message without the aggregate.</param>
    /// <param name="reason">The reason to ignore the bytes, where the result is null.</param>
    public AggregateMessage? TryReadAggregate(MessageContent message, out ReadOnlyMemory<byte> signed, out IgnoredReason reason)
    {
        reason = IgnoredReason.Malformed;
        return MessageFormat.TryReadAggregate(
            message, epochs.Job.Authority.ParametersId, limits.Of(MessageKind.Aggregate), out AggregateMessage? aggregate, out signed)
            && IsOfServer(aggregate, signed.Span, out reason)
            ? aggregate with { LongestPart = limits.LongestAggregatePart }
            : null;
    }

    /// <summary>Returns the length above which a message is refused for what it says about itself at its beginning.</summary>
    public long LimitOf(ReadOnlySpan<byte> beginning) => limits.Of(beginning);

    private bool IsOfServer(ServerMessage message, ReadOnlySpan<byte> bytes, out IgnoredReason reason)
    {
        FederationJob job = epochs.Job;
        reason = message.JobId == job.JobId ? IgnoredReason.ServerSignature : IgnoredReason.NotForThisClient;
        return message.JobId == job.JobId
            && MessageSignature.Verifies(bytes, message, job.ServerKey)
            && message is not (AggregateMessage { Streamed: null, IsIntact: false } or CheckRequest { IsIntact: false });
    }
}
