using FedHe.Hosting.PostgreSql.Errors;
using FedHe.Hosting.PostgreSql.Sessions;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Stores;

/// <summary>A part stream reads a file that was committed, and has one part of it in memory. A slow reader holds no connection between two parts.</summary>
internal sealed class PartStream : Stream
{
    private const string LengthOf = "select length from files where job = $1 and name = $2";
    private const string NextPart = "select position, bytes from parts where job = $1 and name = $2 and position <= $3 order by position desc limit 1";

    private readonly ReaderPool _readers;
    private readonly StorePlace _place;
    private readonly string _name;
    private long _position;
    private long _partPosition;
    private byte[] _part = [];

    private PartStream(ReaderPool readers, StorePlace place, string name, long length) => (_readers, _place, _name, Length) = (readers, place, name, length);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="Hosting.Errors.StoreException">The database failed.</exception>
    public static PartStream Open(ReaderPool readers, StorePlace place, string name)
    {
        long? length = readers.Read(connection => connection.Read(LengthOf, row => (long?)row.GetInt64(0), place.JobId, name));
        return new PartStream(readers, place, name, length ?? throw Throw.NoFile(place.Location, name));
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="Hosting.Errors.StoreException">The database failed.</exception>
    public static async ValueTask<Stream> OpenAsync(ReaderPool readers, StorePlace place, string name, CancellationToken cancellationToken)
    {
        long? length = await readers.ReadAsync(
            async (connection, end) =>
            {
                using NpgsqlCommand command = connection.Describe(LengthOf, place.JobId, name);
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(end).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    return await reader.ReadAsync(end).ConfigureAwait(false) ? reader.GetInt64(0) : (long?)null;
                }
            },
            cancellationToken).ConfigureAwait(false);
        return new PartStream(readers, place, name, length ?? throw Throw.NoFile(place.Location, name));
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_position >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        if (!HasPart)
        {
            _readers.Read(connection =>
            {
                using NpgsqlCommand command = connection.Describe(NextPart, _place.JobId, _name, _position);
                using NpgsqlDataReader reader = command.ExecuteReader();
                return Take(reader, reader.Read());
            });
        }

        return Copy(buffer);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        if (!HasPart)
        {
            await _readers.ReadAsync(
                async (connection, end) =>
                {
                    using NpgsqlCommand command = connection.Describe(NextPart, _place.JobId, _name, _position);
                    NpgsqlDataReader reader = await command.ExecuteReaderAsync(end).ConfigureAwait(false);
                    await using (reader.ConfigureAwait(false))
                    {
                        return Take(reader, await reader.ReadAsync(end).ConfigureAwait(false));
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        return Copy(buffer.Span);
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => _position,
        _ => Length,
    };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool HasPart => _position >= _partPosition && _position < _partPosition + _part.Length;

    private bool Take(NpgsqlDataReader reader, bool isThere)
    {
        if (!isThere)
        {
            throw Throw.NoFile(_place.Location, _name);
        }

        (_partPosition, _part) = (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
        return HasPart ? true : throw Throw.Damaged(_place.Location, _name);
    }

    private int Copy(Span<byte> buffer)
    {
        ReadOnlySpan<byte> rest = _part.AsSpan((int)(_position - _partPosition));
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        _position += count;
        return count;
    }
}
