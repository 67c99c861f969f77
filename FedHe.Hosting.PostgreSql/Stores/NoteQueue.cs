using FedHe.Hosting.PostgreSql.Sessions;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Stores;

/// <summary>A note queue has the notes that wait for the next commit, in their order. It is thread-safe.</summary>
internal sealed class NoteQueue
{
    private readonly Lock _changing = new();
    private readonly List<Note> _notes = [];

    /// <summary>The notes that wait now. They stay until they are committed.</summary>
    public IReadOnlyList<Note> Waiting
    {
        get
        {
            lock (_changing)
            {
                return [.. _notes];
            }
        }
    }

    public void Add(Note note)
    {
        lock (_changing)
        {
            _notes.Add(note);
        }
    }

    /// <summary>Removes the first notes, which are committed.</summary>
    public void Remove(int count)
    {
        lock (_changing)
        {
            _notes.RemoveRange(0, count);
        }
    }

    /// <summary>Writes notes in the transaction of a session.</summary>
    public static void Apply(NpgsqlConnection connection, Guid jobId, IReadOnlyList<Note> notes)
    {
        foreach (Note note in notes)
        {
            if (note.Bytes is null)
            {
                connection.Execute("delete from files where job = $1 and name = $2", jobId, note.Name);
                continue;
            }

            if (note.IsWhole)
            {
                connection.Execute("delete from parts where job = $1 and name = $2", jobId, note.Name);
                connection.Execute("update files set length = 0 where job = $1 and name = $2", jobId, note.Name);
            }

            // A file that is gone meanwhile stays gone.
            long? end = connection.Read(
                "update files set length = length + $3 where job = $1 and name = $2 returning length", row => (long?)row.GetInt64(0), jobId, note.Name, (long)note.Bytes.Length);
            if (end is long length)
            {
                Parts.Insert(connection, jobId, note.Name, length - note.Bytes.Length, note.Bytes);
            }
        }
    }
}
