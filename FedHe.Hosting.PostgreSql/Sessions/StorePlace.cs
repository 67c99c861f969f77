using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FedHe.Hosting.PostgreSql.Options;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Sessions;

/// <summary>A store place is where the server of a job is kept: the database, the schema and the job.</summary>
internal sealed class StorePlace
{
    // What reads messages for their parties; each holds a connection for one part of a message.
    private const int MostReaders = 20;

    private readonly NpgsqlConnectionStringBuilder _connection;

    public StorePlace(FedHePostgreSqlOptions options, string name, Guid jobId)
    {
        _connection = new NpgsqlConnectionStringBuilder(options.ConnectionString) { SearchPath = options.Schema, IncludeErrorDetail = false, Enlist = false, Multiplexing = false, TargetSessionAttributes = null };
        (Name, JobId, Schema) = (name, jobId, options.Schema);
        Location = $"PostgreSQL database '{_connection.Database}' at {_connection.Host}:{_connection.Port}, schema '{Schema}'";
    }

    /// <summary>The name of the job in its host.</summary>
    public string Name { get; }

    public Guid JobId { get; }

    public string Schema { get; }

    /// <summary>What errors and the log call the place.</summary>
    public string Location { get; }

    /// <summary>The largest number of connections that read messages.</summary>
    public int Readers => Math.Min(_connection.MaxPoolSize, MostReaders);

    /// <summary>The advisory lock that the server of the job holds.</summary>
    public long JobLock => KeyOf($"{Schema} job {JobId:N}");

    /// <summary>The advisory lock that a process holds while it makes the tables.</summary>
    public long SchemaLock => KeyOf($"{Schema} schema");

    /// <summary>Makes the source of the one session that writes.</summary>
    public NpgsqlDataSource CreateWriter() => Create(new NpgsqlConnectionStringBuilder(_connection.ConnectionString) { Pooling = false });

    /// <summary>Makes the source of the connections that read messages.</summary>
    public NpgsqlDataSource CreateReaders()
        => Create(new NpgsqlConnectionStringBuilder(_connection.ConnectionString) { MaxPoolSize = Readers, MinPoolSize = 0 });

    // Of several hosts the primary is the one: a standby takes no writes, and may be behind.
    private static NpgsqlDataSource Create(NpgsqlConnectionStringBuilder connection)
    {
        var builder = new NpgsqlDataSourceBuilder(connection.ConnectionString);
        return connection.Host!.Contains(',', StringComparison.Ordinal) ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary) : builder.Build();
    }

    // The locks of a database share one space of numbers with whatever else uses it.
    private static long KeyOf(string text) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"FedHe {text}")));
}
