using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Reading;
using Npgsql;

namespace FedHe.Benchmarks.Hosts;

/// <summary>A hosts database is the schema of one measurement in a database, which is deleted with it.</summary>
internal sealed class HostsDatabase(string connectionString) : IDisposable
{
    /// <summary>The options of the server.</summary>
    public FedHePostgreSqlOptions Options { get; } = new() { ConnectionString = connectionString, Schema = $"hosts_{Guid.NewGuid():N}" };

    /// <summary>The bytes of the database's log of what it writes, of all its users together.</summary>
    public long LogBytes => (long)(decimal)Execute("select wal_bytes from pg_stat_wal")!;

    /// <summary>Reads a file of the server.</summary>
    public byte[]? TryRead(Guid jobId, string name)
    {
        using var files = PostgreSqlFiles.Open(Options, HostsFederation.JobName, jobId);
        return files.TryRead(name);
    }

    public void Dispose() => Execute($"drop schema if exists {Options.Schema} cascade");

    private object? Execute(string statement)
    {
        using NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        using NpgsqlCommand command = source.CreateCommand(statement);
        return command.ExecuteScalar();
    }
}
