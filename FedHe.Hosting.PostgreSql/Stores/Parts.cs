using FedHe.Hosting.PostgreSql.Sessions;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Stores;

/// <summary>The parts of a file are rows of consecutive bytes, long enough to be worth the overhead of a row and short enough for many of them to be in memory.</summary>
internal static class Parts
{
    /// <summary>The length of the longest part, in bytes: 1 MiB.</summary>
    public const int Longest = 1024 * 1024;

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
