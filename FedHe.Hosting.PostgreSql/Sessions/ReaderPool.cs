using FedHe.Hosting.PostgreSql.Errors;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Sessions;

/// <summary>A reader pool has the connections that read what is committed. It is thread-safe.</summary>
/// <remarks>A database that was restarted has ended connections that wait in the pool, so that a read which fails is tried once more with a new connection.</remarks>
internal sealed class ReaderPool(StorePlace place) : IDisposable
{
    private readonly NpgsqlDataSource _source = place.CreateReaders();

    // Who waits for a connection waits here: in the source the wait would end in the error of a database that does not answer.
    private readonly SemaphoreSlim _free = new(place.Readers);

    /// <summary>Reads by a connection.</summary>
    /// <exception cref="Hosting.Errors.StoreException">The database failed.</exception>
    public T Read<T>(Func<NpgsqlConnection, T> read)
    {
        _free.Wait();
        try
        {
            try
            {
                return TryRead(read);
            }
            catch (Exception fault) when (WriterSession.IsOfTheDatabase(fault))
            {
                _source.Clear();
            }

            return TryRead(read);
        }
        catch (Exception fault) when (WriterSession.IsOfTheDatabase(fault))
        {
            throw Throw.Failed(place.Location, fault);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Reads by a connection.</summary>
    /// <exception cref="Hosting.Errors.StoreException">The database failed.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            try
            {
                return await TryReadAsync(read, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault) when (WriterSession.IsOfTheDatabase(fault))
            {
                _source.Clear();
            }

            return await TryReadAsync(read, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (WriterSession.IsOfTheDatabase(fault))
        {
            throw Throw.Failed(place.Location, fault);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _source.Dispose();

    private T TryRead<T>(Func<NpgsqlConnection, T> read)
    {
        using NpgsqlConnection connection = _source.OpenConnection();
        return read(connection);
    }

    private async ValueTask<T> TryReadAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await read(connection, cancellationToken).ConfigureAwait(false);
        }
    }
}
