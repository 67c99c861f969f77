using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.AspNetCore.Diagnostics;

/// <summary>The log entries of a server in a host, 4xx. They hold names, reasons, sizes and counts, of exceptions what <see cref="Fault"/> says, and never a value, a key or a token.</summary>
internal static partial class Log
{
    [LoggerMessage(401, LogLevel.Information, "Job {Name} ({Job}) is open; its server is kept in {Location}.")]
    public static partial void JobOpen(ILogger logger, string name, Guid job, string location);

    [LoggerMessage(402, LogLevel.Critical, "Job {Name} knows its callers by nothing: whoever can reach this machine's own addresses may read every mailbox. Only for tests.")]
    public static partial void NoIdentities(ILogger logger, string name);

    [LoggerMessage(403, LogLevel.Error, "Job {Name}: a step could not be saved ({Fault}). The server goes back to what it has saved, and tries again with the next message.")]
    public static partial void FolderFailed(ILogger logger, string name, string fault);

    [LoggerMessage(404, LogLevel.Warning, "Job {Name}: the mailbox of {Party} is full; its {Count} oldest messages were dropped. The party is told by the gap, and catches up.")]
    public static partial void MailboxFull(ILogger logger, string name, string party, int count);

    [LoggerMessage(405, LogLevel.Debug, "A request was refused: {Problem}.")]
    public static partial void Refused(ILogger logger, string problem);

    [LoggerMessage(406, LogLevel.Warning, "Job {Name}: a message of {Party} was refused: {Reason}.")]
    public static partial void MessageRefused(ILogger logger, string name, string party, RefusalReason reason);

    [LoggerMessage(407, LogLevel.Error, "A request failed ({Fault}).")]
    public static partial void RequestFailed(ILogger logger, string fault);

    [LoggerMessage(408, LogLevel.Error, "Job {Name}: no clients could be selected, because the strategy or the sampler of the host threw ({Fault}).")]
    public static partial void SelectionFailed(ILogger logger, string name, string fault);

    [LoggerMessage(409, LogLevel.Warning, "Job {Name}: client {Client} has not been heard for {Silence}, and counts as unreachable.")]
    public static partial void Unreachable(ILogger logger, string name, string client, TimeSpan silence);

    [LoggerMessage(410, LogLevel.Error, "Job {Name}: its clock failed ({Fault}), and no deadline passes; it is tried again.")]
    public static partial void ClockFailed(ILogger logger, string name, string fault);

    [LoggerMessage(411, LogLevel.Warning, "The dashboard asks for no authorization: whoever can reach this machine's own addresses can read it.")]
    public static partial void DashboardIsOpen(ILogger logger);

    [LoggerMessage(412, LogLevel.Error, "A new configuration is refused ({Fault}): the parties of all jobs are known by the pins of before.")]
    public static partial void PinsRefused(ILogger logger, string fault);

    [LoggerMessage(413, LogLevel.Information, "Job {Name}: the parties are known by the pins of the new configuration.")]
    public static partial void PinsChanged(ILogger logger, string name);

    [LoggerMessage(414, LogLevel.Error, "Job {Name}: client {Client} is on the roster of epoch {Epoch}, and ClientKeys has no pin of it; the server refuses its requests until there is one.")]
    public static partial void PinMissing(ILogger logger, string name, ClientId client, int epoch);

    [LoggerMessage(415, LogLevel.Error, "Job {Name}: the plan of an epoch is refused: {Reason}.")]
    public static partial void PlanRefused(ILogger logger, string name, string reason);

    [LoggerMessage(416, LogLevel.Debug, "Job {Name}: what a round needs is compiled.")]
    public static partial void WarmedUp(ILogger logger, string name);

    [LoggerMessage(417, LogLevel.Warning, "Job {Name}: the warm-up failed ({Fault}), and the first round of this process is slower.")]
    public static partial void WarmUpFailed(ILogger logger, string name, string fault);

    [LoggerMessage(418, LogLevel.Warning, "Job {Name}: metrics of {Party} were refused: {Reason}.")]
    public static partial void MetricsRefused(ILogger logger, string name, string party, string reason);

    [LoggerMessage(419, LogLevel.Error, "Job {Name}: the file of the clients' metrics cannot be used ({Fault}). The job goes on, and takes no metrics until the file can be read again.")]
    public static partial void MetricsUnusable(ILogger logger, string name, string fault);
}
