namespace FedHe.Hosting.PostgreSql.Sessions;

/// <summary>The settings of a database on which it depends whether a committed step outlives a power failure.</summary>
internal static class Durability
{
    /// <summary>Returns what is wrong with the settings, or null.</summary>
    /// <param name="fsync">The setting <c>fsync</c>.</param>
    /// <param name="synchronousCommit">The setting <c>synchronous_commit</c>. Each value but <c>off</c> waits for the disk of the database itself.</param>
    /// <param name="isStandby">Whether the database is a replica that takes no writes.</param>
    public static string? FaultOf(string fsync, string synchronousCommit, bool isStandby)
        => isStandby ? "it is a standby (name the primary, or all hosts, of which the server finds the primary)"
            : fsync != "on" ? "fsync is off"
            : synchronousCommit == "off" ? "synchronous_commit is off"
            : null;
}
