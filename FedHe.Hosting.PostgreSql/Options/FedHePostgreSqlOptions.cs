namespace FedHe.Hosting.PostgreSql.Options;

/// <summary>PostgreSQL options say in which database the servers of a host are kept, and are validated when the host starts.</summary>
public sealed class FedHePostgreSqlOptions
{
    /// <summary>
    /// The connection string of Npgsql: at least <c>Host</c> and <c>Database</c>. A password is better in a file of its own, which <c>Passfile</c> names. With a host beyond this
    /// machine, <c>SSL Mode</c> must be <c>VerifyFull</c>. With several hosts the server finds the primary.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>Whether the database may be on another machine without a verified connection. Anybody between the two machines can then read and change what is sent.</summary>
    public bool InsecureConnection { get; set; }

    /// <summary>The schema with the tables, which the first server makes where the account may: 1 to 63 lower-case letters, digits and underscores, the first no digit.</summary>
    public string Schema { get; set; } = "fedhe";
}
