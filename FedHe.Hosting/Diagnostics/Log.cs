using System.Net;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Diagnostics;

/// <summary>
/// The log entries of parties in a host, 5xx. They hold names, rounds, reasons and status codes, of exceptions of the host the type alone, and
/// never a value, a key or a token.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(501, LogLevel.Information, "Party {Party} of job {Job} begins; its folder is {Folder}.")]
    public static partial void PartyBegins(ILogger logger, string party, Guid job, string folder);

    [LoggerMessage(502, LogLevel.Warning, "Party {Party}: a request to the server failed ({Status}: {Reason}); tried again in {Delay}.")]
    public static partial void Retrying(ILogger logger, string party, HttpStatusCode? status, string reason, TimeSpan delay);

    [LoggerMessage(503, LogLevel.Information, "Client {Client} asks the key authority for its keys.")]
    public static partial void AskingForKeys(ILogger logger, ClientId client);

    [LoggerMessage(504, LogLevel.Information, "Client {Client} has its keys.")]
    public static partial void HasKeys(ILogger logger, ClientId client);

    [LoggerMessage(505, LogLevel.Error, "Client {Client} takes no part in the round, because a message could not be handled ({Fault}); it announces itself again in {Delay}.")]
    public static partial void DroppedOut(ILogger logger, ClientId client, string fault, TimeSpan delay);

    [LoggerMessage(506, LogLevel.Error, "Client {Client}: the receiver of models threw ({Fault}), and gets the model of round {Round} again later.")]
    public static partial void ReceiverFailed(ILogger logger, ClientId client, string fault, int round);

    [LoggerMessage(507, LogLevel.Information, "Client {Client}: the job has ended: {Outcome}.")]
    public static partial void JobEnded(ILogger logger, ClientId client, FederationOutcome outcome);

    [LoggerMessage(508, LogLevel.Information, "A key request that names client {Client} was answered; refused: {Refusal}.")]
    public static partial void RequestAnswered(ILogger logger, ClientId? client, KeyRefusalReason? refusal);

    [LoggerMessage(510, LogLevel.Error, "A key request that names client {Client} could not be answered ({Fault}); the client asks again.")]
    public static partial void RequestFailed(ILogger logger, ClientId client, string fault);

    [LoggerMessage(509, LogLevel.Warning, "Member {Client} has no ledger, and is silent up to round {Round}.")]
    public static partial void SilentMember(ILogger logger, ClientId client, int round);

    [LoggerMessage(511, LogLevel.Error, "Client {Client}: the server's audit log is not the one that it showed before; the head in audit.head is evidence of that.")]
    public static partial void AuditLogIsAnother(ILogger logger, ClientId client);
}
