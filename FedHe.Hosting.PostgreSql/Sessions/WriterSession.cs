using System.Data;
using System.Net.Sockets;
using FedHe.Hosting.Errors;
using FedHe.Hosting.PostgreSql.Errors;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Sessions;

/// <summary>
/// A writer session is the one session that may write to a job. It holds the job's advisory lock, so that a second server does not start, and it has the job's fence: each server that
/// opens the job replaces it by one of its own, and a transaction of a server with another fence changes nothing.
/// </summary>
/// <remarks>
/// The lock alone would not be enough: a session that the database has ended, and whose server has not noticed, holds it no more. One thread at a time uses the session. After a failure
/// everything fails up to the next <see cref="Rollback"/>, so that no transaction goes on without its beginning; then the session is opened again, if need be.
/// </remarks>
internal sealed class WriterSession(StorePlace place) : IDisposable
{
    // How long to wait for the lock: a server that was killed and started again may come before the database has seen its end.
    private const string LockTimeout = "5s";

    private const string LockNotAvailable = "55P03";

    // Without rights in a schema there is none to make tables in.
    private const string NotAllowed = "42501";
    private const string NoSchema = "3F000";

    private readonly NpgsqlDataSource _source = place.CreateWriter();
    private NpgsqlConnection? _connection;
    private NpgsqlTransaction? _transaction;
    private Guid? _fence;
    private string? _origin;
    private bool _hasFailed;
    private bool _hasWarned;

    // What ends the work of this process for good.
    private StoreException? _end;

    /// <summary>Whether something was written that is not committed.</summary>
    public bool HasWritten => _transaction is not null;

    /// <summary>Opens the session of a server that starts, and makes earlier servers of the job stale.</summary>
    /// <exception cref="HostingException">Another server works on the job, or the database cannot be used.</exception>
    public void Start()
    {
        try
        {
            Use(_ => true);
        }
        catch (StoreException fault)
        {
            throw Throw.CannotOpen(place.Location, fault);
        }
        catch (PostgresException fault) when (IsOfRights(fault))
        {
            throw Throw.MayNot(place.Location, fault);
        }
    }

    /// <summary>Reads, and sees what was written and is not committed.</summary>
    /// <exception cref="StoreException">The database failed, or another server has taken over.</exception>
    public T Read<T>(Func<NpgsqlConnection, T> work) => Use(work);

    /// <summary>Writes in the transaction of the step, which begins with the first write.</summary>
    /// <exception cref="StoreException">The database failed, or another server has taken over.</exception>
    public T Write<T>(Func<NpgsqlConnection, T> work) => Use(connection =>
    {
        if (_transaction is null)
        {
            _transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);

            // The lock of the row makes a server that opens the job wait for this transaction, or this transaction see its fence.
            (Guid Fence, string Synchronous) row = connection.Read(
                "select fence, current_setting('synchronous_commit') from jobs where job = $1 for update", row => (row.GetGuid(0), row.GetString(1)), place.JobId);
            Check(row.Fence);
            if (Durability.FaultOf("on", row.Synchronous ?? "off", isStandby: false) is string fault)
            {
                throw Throw.Unsafe(place.Location, fault);
            }
        }

        return work(connection);
    });

    /// <summary>Commits what was written. When the method returns, it is on the disk of the database.</summary>
    /// <exception cref="StoreException">Nothing was committed, or whether it was is not known.</exception>
    public void Commit() => Use(_ =>
    {
        _hasWarned = false;
        _transaction?.Commit();
        _transaction?.Dispose();
        _transaction = null;
        if (_hasWarned)
        {
            // A database that gives up its wait for a standby commits, and only warns.
            Close();
            throw Throw.NotReplicated(place.Location);
        }

        return true;
    });

    /// <summary>Finds out whether this server is still the one that may write.</summary>
    /// <exception cref="StoreException">The database failed, or another server has taken over.</exception>
    public void Verify() => Use(connection =>
    {
        Check(connection.Read("select fence from jobs where job = $1", row => row.GetGuid(0), place.JobId));
        return true;
    });

    /// <summary>Undoes what was written and is not committed.</summary>
    public void Rollback()
    {
        try
        {
            _transaction?.Rollback();
            _transaction?.Dispose();
        }
        catch (Exception fault) when (IsOfTheDatabase(fault))
        {
            Close();
        }

        _transaction = null;
        _hasFailed = false;
        if (_connection is not { State: ConnectionState.Open })
        {
            Close();
        }
    }

    public void Dispose()
    {
        Close();
        _source.Dispose();
    }

    /// <summary>Tells whether the database failed, or the way to it.</summary>
    public static bool IsOfTheDatabase(Exception fault)
        => fault is NpgsqlException or InvalidOperationException or TimeoutException or SocketException || (fault is IOException and not (StoreException or FileNotFoundException));

    /// <summary>Tells whether the account of a process lacks rights.</summary>
    public static bool IsOfRights(Exception fault) => fault is PostgresException { SqlState: NotAllowed or NoSchema };

    private T Use<T>(Func<NpgsqlConnection, T> work)
    {
        if (_hasFailed)
        {
            throw Throw.FailedBefore(place.Location);
        }

        try
        {
            if (_end is StoreException end)
            {
                throw new StoreException(end.Error, end.Message);
            }

            return work(_connection ??= Open());
        }
        catch (Exception fault)
        {
            _hasFailed = true;
            bool isStart = _fence is null && IsOfRights(fault);
            if (!isStart && IsOfTheDatabase(fault))
            {
                throw Throw.Failed(place.Location, fault);
            }

            throw;
        }
    }

    private void Check(Guid fence)
    {
        if (fence != _fence)
        {
            throw _end = Throw.TakenOver(place.Location);
        }
    }

    private NpgsqlConnection Open()
    {
        NpgsqlConnection connection = Connect();
        try
        {
            (string Fsync, string Synchronous, bool IsStandby) settings = connection.Read(
                "select current_setting('fsync'), current_setting('synchronous_commit'), pg_is_in_recovery()",
                row => (row.GetString(0), row.GetString(1), row.GetBoolean(2)));
            if (Durability.FaultOf(settings.Fsync, settings.Synchronous, settings.IsStandby) is string fault)
            {
                throw Throw.Unsafe(place.Location, fault);
            }

            // A server whose machine is gone must not hold the lock for hours.
            connection.Execute(
                "select set_config('lock_timeout', $1, false), set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '4', false), set_config('tcp_user_timeout', '30000', false)",
                LockTimeout);
            Tables.Prepare(connection, place);
            TakeLock(connection);
            TakeFence(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private NpgsqlConnection Connect()
    {
        try
        {
            NpgsqlConnection connection = _source.OpenConnection();
            connection.Notice += (_, notice) => _hasWarned |= notice.Notice.InvariantSeverity == "WARNING";
            return connection;
        }
        catch (FileNotFoundException fault)
        {
            // A file that the connection string names, such as a certificate.
            throw Throw.Failed(place.Location, fault);
        }
    }

    private void TakeLock(NpgsqlConnection connection)
    {
        try
        {
            connection.Execute("select pg_advisory_lock($1)", place.JobLock);
        }
        catch (PostgresException fault) when (fault.SqlState == LockNotAvailable)
        {
            throw _fence is null ? Throw.InUse(place.Name, place.Location) : Throw.LockIsTaken(place.Location);
        }
    }

    /// <summary>
    /// Replaces the fence when the server starts, and finds later out whether another one has. A server that starts also notes whether the database is the one of before, or a copy of
    /// it; one that runs does not go on in a copy, since it remembers messages and transfers that the copy may lack.
    /// </summary>
    private void TakeFence(NpgsqlConnection connection)
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
        string origin = connection.Read(
            """
            select system_identifier || '/' || substring(pg_walfile_name(pg_current_wal_lsn()) for 8) || '/' || (select oid from pg_database where datname = current_database()) || '/' || 'files'::regclass::oid
            from pg_control_system()
            """,
            row => row.GetString(0))!;
        (Guid Fence, string? Origin) before = connection.Read("select fence, origin from jobs where job = $1 for update", row => (row.GetGuid(0), (string?)row.GetString(1)), place.JobId);
        var fence = Guid.NewGuid();
        if (_fence is null)
        {
            connection.Execute(
                "insert into jobs (job, name, fence, origin) values ($1, $2, $3, $4) on conflict (job) do update set name = excluded.name, fence = excluded.fence",
                place.JobId,
                place.Name,
                fence,
                origin);
        }
        else if (origin != _origin)
        {
            throw _end = Throw.OtherHistory(place.Location);
        }
        else
        {
            Check(before.Fence);
        }

        if (before.Origin is not null && before.Origin != origin)
        {
            // Without the stamp of the newest state the server takes what it finds for a backup, which it may be.
            connection.Execute("delete from files where job = $1 and name = $2", place.JobId, Folders.PartyFiles.NewestState);
            connection.Execute("update jobs set origin = $2 where job = $1", place.JobId, origin);
        }

        transaction.Commit();
        (_fence, _origin) = (_fence ?? fence, origin);
    }

    private void Close()
    {
        try
        {
            _connection?.Dispose();
        }
        catch (Exception fault) when (IsOfTheDatabase(fault))
        {
            // It was closed by the other side.
        }

        _connection = null;
        _transaction = null;
    }
}
