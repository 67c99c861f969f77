using FedHe.Hosting.PostgreSql.Errors;
using FedHe.Hosting.PostgreSql.Sessions;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Stores;

/// <summary>The parts of a file are rows of consecutive bytes, long enough to be worth the overhead of a row and short enough for many of them to be in memory.</summary>
internal static class Parts
{
    /// <summary>The length of the longest part, in bytes: 1 MiB.</summary>
    public const int Longest = 1024 * 1024;

    /// <summary>Reads a file, or returns null where there is none.</summary>
    /// <exception cref="Hosting.Errors.StoreException">Parts of the file are missing.</exception>
    public static byte[]? TryRead(NpgsqlConnection connection, StorePlace place, string name)
    {
        if (LengthOf(connection, place, name) is not long length)
        {
            return null;
        }

        byte[] bytes = new byte[length];
        long at = 0;
        connection.ReadAll(
            "select position, bytes from parts where job = $1 and name = $2 order by position",
            row =>
            {
                byte[] part = row.GetFieldValue<byte[]>(1);
                if (row.GetInt64(0) != at || at + part.Length > length)
                {
                    throw Throw.Damaged(place.Location, name);
                }

                part.CopyTo(bytes, at);
                at += part.Length;
            },
            place.JobId,
            name);
        return at == length ? bytes : throw Throw.Damaged(place.Location, name);
    }

    /// <summary>Returns the length of a file, or null where there is none.</summary>
    public static long? LengthOf(NpgsqlConnection connection, StorePlace place, string name)
        => connection.Read("select length from files where job = $1 and name = $2", row => (long?)row.GetInt64(0), place.JobId, name);

    /// <summary>Inserts bytes as parts.</summary>
    /// <param name="connection">The session that writes.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="name">The name of the file.</param>
    /// <param name="position">Where the bytes begin in the file.</param>
    /// <param name="bytes">The bytes.</param>
    public static void Insert(NpgsqlConnection connection, Guid jobId, string name, long position, ReadOnlyMemory<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += Longest)
        {
            connection.Execute(
                "insert into parts (job, name, position, bytes) values ($1, $2, $3, $4)", jobId, name, position + at, bytes.Slice(at, Math.Min(Longest, bytes.Length - at)));
        }
    }
}
