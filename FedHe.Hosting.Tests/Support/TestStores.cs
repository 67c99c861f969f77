using FedHe.Hosting.Folders;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Sessions;
using FedHe.Hosting.PostgreSql.Stores;
using FedHe.Hosting.Stores;
using FedHe.TestKit.Machines;
using Npgsql;

namespace FedHe.Hosting.Tests.Support;

/// <summary>The stores of one kind, in a folder or a schema that is deleted with them.</summary>
internal sealed class TestStores(StoreKind kind) : IServerStores, IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fedhe-store-").FullName;

    public FedHePostgreSqlOptions Options { get; } = OptionsOf(kind, $"test_{Guid.NewGuid():N}");

    public Guid JobId { get; } = Guid.NewGuid();

    /// <summary>Opens the store of the job as a process does that starts.</summary>
    public IServerStore Open() => Open("small", JobId);

    public IServerStore Open(string name, Guid jobId)
        => kind == StoreKind.Folder ? PartyFolder.Open(PathOf(jobId, string.Empty)) : PostgreSqlStore.Open(new StorePlace(Options, name, jobId));

    /// <summary>The path of a file of a job in a folder.</summary>
    public string PathOf(Guid jobId, string name) => Path.Combine(_root, jobId.ToString("N"), name);

    /// <summary>Runs statements in the database, as its administrator.</summary>
    public object? Execute(string statements)
    {
        using NpgsqlDataSource source = NpgsqlDataSource.Create($"{PostgreSqlCluster.Shared.ConnectionString};Search Path={Options.Schema};Pooling=false");
        using NpgsqlCommand command = source.CreateCommand(statements);
        return command.ExecuteScalar();
    }

    /// <summary>Ends the sessions of the database that have used the schema, as a database does that is restarted.</summary>
    /// <returns>How many there were.</returns>
    public long EndSessions()
        => (long)Execute($"select count(pg_terminate_backend(pid, 10000)) from pg_stat_activity where application_name = '{Options.Schema}' and pid <> pg_backend_pid()")!;

    private static FedHePostgreSqlOptions OptionsOf(StoreKind kind, string schema) => new()
    {
        ConnectionString = kind == StoreKind.PostgreSql ? $"{PostgreSqlCluster.Shared.ConnectionString};Application Name={schema}" : null,
        Schema = schema,
    };

    public void Dispose()
    {
        if (kind == StoreKind.PostgreSql)
        {
            Execute($"drop schema if exists {Options.Schema} cascade");
        }

        Directory.Delete(_root, recursive: true);
    }
}
