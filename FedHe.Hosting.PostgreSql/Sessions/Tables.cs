using FedHe.Hosting.PostgreSql.Errors;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Sessions;

/// <summary>The tables of a schema, which the first server makes, as a whole or not at all.</summary>
/// <remarks>
/// A file has a length, and its bytes are parts behind each other. What the files mean is no concern of the tables: they change as seldom as the file system does, whatever is added to
/// FedHe. The origin of a job is the history of the database that its state was saved in; another one says that the database is a copy.
/// </remarks>
internal static class Tables
{
    /// <summary>The version of the tables that this assembly makes and knows.</summary>
    public const int Version = 1;

    private const string NoColumn = "42703";

    private const string Create =
        """
        create table version (number integer not null);
        create table jobs (
            job uuid primary key,
            name text not null,
            fence uuid not null,
            origin text not null);
        create table files (
            job uuid not null references jobs on delete cascade,
            name text collate "C" not null,
            length bigint not null,
            primary key (job, name));
        create table parts (
            job uuid not null,
            name text collate "C" not null,
            position bigint not null,
            bytes bytea not null,
            primary key (job, name, position),
            foreign key (job, name) references files on delete cascade);
        alter table parts alter column bytes set storage external;
        insert into version values (1);
        """;

    /// <summary>Makes the tables where there are none.</summary>
    /// <exception cref="Hosting.Errors.HostingException">The tables are of another version, or not FedHe's.</exception>
    public static void Prepare(NpgsqlConnection connection, StorePlace place)
    {
        if (!Exist(connection))
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            connection.Execute("select pg_advisory_xact_lock($1)", place.SchemaLock);
            if (!Exist(connection))
            {
                if (connection.Read("select to_regnamespace($1) is null", row => row.GetBoolean(0), place.Schema))
                {
                    // The validator has seen to it that the name needs no quotes but these.
                    connection.Execute($"create schema \"{place.Schema}\"");
                }

                connection.ExecuteScript(Create);
            }

            transaction.Commit();
        }

        RequireVersion(connection, place);
    }

    /// <summary>Tells whether there are tables, for a reader that makes none.</summary>
    /// <exception cref="Hosting.Errors.HostingException">The tables are of another version, or not FedHe's.</exception>
    public static bool Verify(NpgsqlConnection connection, StorePlace place)
    {
        bool areThere = Exist(connection);
        if (areThere)
        {
            RequireVersion(connection, place);
        }

        return areThere;
    }

    private static void RequireVersion(NpgsqlConnection connection, StorePlace place)
    {
        int? version = VersionIn(connection);
        if (version != Version)
        {
            throw Throw.OtherVersion(place.Location, version, Version);
        }
    }

    private static int? VersionIn(NpgsqlConnection connection)
    {
        try
        {
            return connection.Read("select max(number)::integer from version", row => row.IsDBNull(0) ? (int?)null : row.GetInt32(0));
        }
        catch (PostgresException fault) when (fault.SqlState == NoColumn)
        {
            return null;
        }
    }

    private static bool Exist(NpgsqlConnection connection) => connection.Read("select to_regclass('version') is not null", row => row.GetBoolean(0));
}
