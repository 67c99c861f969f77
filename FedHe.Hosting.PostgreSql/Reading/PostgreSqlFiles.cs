using System.Data;
using FedHe.Hosting.Errors;
using FedHe.Hosting.PostgreSql.Errors;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Sessions;
using FedHe.Hosting.PostgreSql.Stores;
using FedHe.Hosting.PostgreSql.Validation;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Reading;

/// <summary>PostgreSQL files are what the server of a job keeps in a database, as it was at one moment, for readers that must not disturb the server.</summary>
/// <remarks>A reader takes no lock and writes nothing, and its account needs <c>USAGE</c> of the schema and <c>SELECT</c> on its tables. It reads in one transaction, so that files belong together.</remarks>
public sealed class PostgreSqlFiles : IDisposable
{
    private readonly StorePlace _place;
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly bool _hasTables;

    private PostgreSqlFiles(StorePlace place)
    {
        _place = place;
        _source = place.CreateWriter();
        try
        {
            _connection = _source.OpenConnection();
            _transaction = _connection.BeginTransaction(IsolationLevel.RepeatableRead);
            _connection.Execute("set transaction read only");
            _hasTables = Tables.Verify(_connection, place);
            if (!_hasTables && _connection.Read("select case when to_regnamespace($1) is null then false else not has_schema_privilege($1, 'usage') end", row => row.GetBoolean(0), place.Schema))
            {
                // Tables of a schema that an account may not use look as if there were none.
                throw Throw.MayNotRead(place.Location);
            }
        }
        catch
        {
            _transaction?.Dispose();
            _connection?.Dispose();
            _source.Dispose();
            throw;
        }
    }

    /// <summary>The name of the place for errors, without any secret.</summary>
    public string Location => _place.Location;

    /// <summary>Opens what the server of a job keeps.</summary>
    /// <param name="options">The options of the server.</param>
    /// <param name="name">The name of the job in the server's host, for errors.</param>
    /// <param name="jobId">The job.</param>
    /// <exception cref="OptionsValidationException">The options could not work, or are not safe.</exception>
    /// <exception cref="HostingException">The database does not answer, refuses the account, or has tables of another version.</exception>
    public static PostgreSqlFiles Open(FedHePostgreSqlOptions options, string name, Guid jobId)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ValidateOptionsResult found = new PostgreSqlOptionsValidator().Validate(name: null, options);
        if (found.Failed)
        {
            throw new OptionsValidationException(nameof(FedHePostgreSqlOptions), typeof(FedHePostgreSqlOptions), found.Failures);
        }

        var place = new StorePlace(options, name, jobId);
        return Guarded(place, () => new PostgreSqlFiles(place));
    }

    /// <summary>Reads a file, or returns null where there is none.</summary>
    /// <param name="name">The name of the file: see <see cref="Folders.PartyFiles"/>.</param>
    /// <exception cref="HostingException">The database does not answer, or refuses the account.</exception>
    public byte[]? TryRead(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _hasTables ? Guarded(_place, () => Parts.TryRead(_connection, _place, name)) : null;
    }

    /// <summary>Returns the length of a file, in bytes; 0 where there is none.</summary>
    /// <param name="name">The name of the file: see <see cref="Folders.PartyFiles"/>.</param>
    /// <exception cref="HostingException">The database does not answer, or refuses the account.</exception>
    public long LengthOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _hasTables ? Guarded(_place, () => Parts.LengthOf(_connection, _place, name)) ?? 0 : 0;
    }

    /// <summary>Ends the connection.</summary>
    public void Dispose()
    {
        _transaction.Dispose();
        _connection.Dispose();
        _source.Dispose();
    }

    private static T Guarded<T>(StorePlace place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (PostgresException fault) when (WriterSession.IsOfRights(fault))
        {
            throw Throw.MayNotRead(place.Location);
        }
        catch (StoreException fault)
        {
            throw Throw.CannotRead(fault);
        }
        catch (Exception fault) when (WriterSession.IsOfTheDatabase(fault))
        {
            throw Throw.CannotRead(Throw.Failed(place.Location, fault));
        }
    }
}
