using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FedHe.Hosting.AspNetCore.Options;

/// <summary>
/// Intake limits divide a fixed amount of memory among the connections of all clients: what comes faster than the disk takes it waits at its sender, and not
/// in the server's memory.
/// </summary>
internal static class IntakeLimits
{
    /// <summary>The bytes that all clients together may have in the server's memory, each with one connection: 256 MiB.</summary>
    public const int Budget = 256 * 1024 * 1024;

    /// <summary>The smallest share of a connection, with which a sender on a long way still goes on: 128 KiB. Above 2,048 clients the budget grows with them.</summary>
    public const int SmallestShare = 128 * 1024;

    /// <summary>Limits what the connections of clients hold.</summary>
    /// <param name="limits">The limits of the server, whose defaults are 1 MiB a connection and 768 KiB a request.</param>
    /// <param name="clients">The number of clients of all jobs that the configuration names.</param>
    public static void Apply(KestrelServerLimits limits, int clients)
    {
        int share = Math.Max(SmallestShare, Budget / Math.Max(1, clients));
        limits.Http2.InitialConnectionWindowSize = Math.Min(limits.Http2.InitialConnectionWindowSize, share);
        limits.Http2.InitialStreamWindowSize = Math.Min(limits.Http2.InitialStreamWindowSize, limits.Http2.InitialConnectionWindowSize);
        limits.MaxRequestBufferSize = limits.MaxRequestBufferSize is long size ? Math.Min(size, share) : share;
    }
}
