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

    [LoggerMessage(512, LogLevel.Information, "Epoch {Epoch} is planned. Clients that join: {Joining}; clients that leave: {Leaving}; members: {Members}.")]
    public static partial void EpochPlanned(ILogger logger, int epoch, string joining, string leaving, string members);

    [LoggerMessage(513, LogLevel.Error, "The request for an epoch plans nothing ({Reason}), and is in {File} now. Mend it, and give it its name again.")]
    public static partial void EpochRequestRefused(ILogger logger, string reason, string file);

    [LoggerMessage(514, LogLevel.Warning, "The card of client {Client} has the fingerprint {Fingerprint}: compare it with the client's owner by telephone, and write the one that you were told into the request.")]
    public static partial void CardOf(ILogger logger, ClientId client, string fingerprint);

    [LoggerMessage(515, LogLevel.Information, "The server has the plan of epoch {Epoch}.")]
    public static partial void PlanBrought(ILogger logger, int epoch);

    [LoggerMessage(516, LogLevel.Error, "The server refuses the plan of epoch {Epoch}; its log says why.")]
    public static partial void PlanRefused(ILogger logger, int epoch);

    [LoggerMessage(517, LogLevel.Information, "Epoch {Epoch} has begun with round {Round}.")]
    public static partial void EpochBegan(ILogger logger, int epoch, int round);

    [LoggerMessage(518, LogLevel.Warning, "Client {Client} is on no roster that the server shows, and waits for the epoch that takes it in. The server must know its pin too.")]
    public static partial void WaitingToJoin(ILogger logger, ClientId client);

    [LoggerMessage(519, LogLevel.Information, "Client {Client} has left the job, and its service ends.")]
    public static partial void ClientLeft(ILogger logger, ClientId client);

    [LoggerMessage(530, LogLevel.Warning, "{File} waits for {Missing} more of the administrators. Approved by: {Approved}; others: {Others}.")]
    public static partial void WaitsForApprovals(ILogger logger, string file, int missing, string approved, string others);

    [LoggerMessage(531, LogLevel.Warning, "A key request that names client {Client} waits until its epoch has begun here, and administrators can be asked.")]
    public static partial void WaitsForEpoch(ILogger logger, ClientId client);

    [LoggerMessage(520, LogLevel.Debug, "Client {Client} has compiled what a round needs.")]
    public static partial void WarmedUp(ILogger logger, ClientId client);

    [LoggerMessage(521, LogLevel.Warning, "Client {Client}: the metrics of round {Round} are not at the server ({Answer}). The round does not depend on them.")]
    public static partial void MetricsNotTaken(ILogger logger, ClientId client, int round, string answer);

    [LoggerMessage(522, LogLevel.Warning, "Client {Client} sends the metrics of its trainings to the server, which reads them and shows them (ReportMetrics).")]
    public static partial void ReportsMetrics(ILogger logger, ClientId client);

    [LoggerMessage(523, LogLevel.Debug, "Client {Client} has taken a message of {Length} bytes to a file.")]
    public static partial void TakenToAFile(ILogger logger, ClientId client, long length);
}
