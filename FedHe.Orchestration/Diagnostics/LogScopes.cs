using FedHe.MLBridge.Identities;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Diagnostics;

/// <summary>
/// The log scopes name the job, the round and the client of what is logged within them. They are apart from <see cref="Log"/>, because every
/// call begins one, and the messages need not be prepared where no logger listens.
/// </summary>
internal static class LogScopes
{
    private static readonly Func<ILogger, Guid, IDisposable?> JobScope = LoggerMessage.DefineScope<Guid>("Job {Job}");

    private static readonly Func<ILogger, Guid, int, IDisposable?> RoundScope
        = LoggerMessage.DefineScope<Guid, int>("Job {Job}, round {Round}");

    private static readonly Func<ILogger, Guid, int, ClientId, IDisposable?> ClientScope
        = LoggerMessage.DefineScope<Guid, int, ClientId>("Job {Job}, round {Round}, client {Client}");

    /// <summary>Begins the scope of an authority's work.</summary>
    public static IDisposable? Begin(ILogger logger, Guid job) => JobScope(logger, job);

    /// <summary>Begins the scope of a server's step, which has the round at its beginning.</summary>
    public static IDisposable? Begin(ILogger logger, Guid job, int round) => RoundScope(logger, job, round);

    /// <summary>Begins the scope of a client's work.</summary>
    public static IDisposable? Begin(ILogger logger, Guid job, int round, ClientId client) => ClientScope(logger, job, round, client);
}
