using System.Buffers;
using FedHe.Hosting.PostgreSql.Sessions;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Stores;

/// <summary>A part writer replaces a file by what an object writes, and has one part of it in memory.</summary>
/// <param name="jobId">The job.</param>
internal sealed class PartWriter(Guid jobId) : IBufferWriter<byte>
{
    private byte[] _part = [];
    private int _count;
    private long _position;
    private string _name = string.Empty;
    private NpgsqlConnection? _connection;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _part.Length - _count);
        _count += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_part.Length - _count < Math.Max(sizeHint, 1))
        {
            Flush();
            _part = _part.Length < Math.Max(sizeHint, Parts.Longest) ? new byte[Math.Max(sizeHint, Parts.Longest)] : _part;
        }

        return _part.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Replaces a file.</summary>
    /// <param name="connection">The session that writes.</param>
    /// <param name="name">The name of the file.</param>
    /// <param name="write">The method that writes the object.</param>
    /// <returns>The length of the file, in bytes.</returns>
    public long Replace(NpgsqlConnection connection, string name, Action<IBufferWriter<byte>> write)
    {
        (_connection, _name, _count, _position) = (connection, name, 0, 0);
        connection.Execute("delete from files where job = $1 and name = $2", jobId, name);
        connection.Execute("insert into files (job, name, length) values ($1, $2, 0)", jobId, name);
        write(this);
        Flush();
        connection.Execute("update files set length = $3 where job = $1 and name = $2", jobId, name, _position);
        return _position;
    }

    private void Flush()
    {
        Parts.Insert(_connection!, jobId, _name, _position, _part.AsMemory(0, _count));
        (_position, _count) = (_position + _count, 0);
    }
}
