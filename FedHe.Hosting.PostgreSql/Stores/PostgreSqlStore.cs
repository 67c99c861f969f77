using System.Buffers;
using FedHe.Hosting.PostgreSql.Errors;
using FedHe.Hosting.PostgreSql.Sessions;
using FedHe.Hosting.Stores;
using Npgsql;

namespace FedHe.Hosting.PostgreSql.Stores;

/// <summary>A PostgreSQL store keeps the server of a job in a database: what is written between two commits is one transaction.</summary>
/// <remarks>Messages are read by connections of their own, for one part of 1 MiB at a time. Deletions of handled messages wait for the next commit, which the clock of the server brings within a second.</remarks>
internal sealed class PostgreSqlStore : IServerStore
{
    private readonly StorePlace _place;
    private readonly WriterSession _session;
    private readonly ReaderPool _readers;
    private readonly PartWriter _writer;
    private readonly NoteQueue _notes = new();
    private readonly List<Action> _whenSaved = [];

    private PostgreSqlStore(StorePlace place, WriterSession session)
    {
        (_place, _session, _readers) = (place, session, new ReaderPool(place));
        _writer = new PartWriter(place.JobId);
    }

    public string Location => _place.Location;

    public bool HasFiles => false;

    /// <summary>Opens the store of a job for a server that starts.</summary>
    /// <exception cref="Hosting.Errors.HostingException">Another server works on the job, or the database cannot be used.</exception>
    public static PostgreSqlStore Open(StorePlace place)
    {
        var session = new WriterSession(place);
        try
        {
            session.Start();
            return new PostgreSqlStore(place, session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public string PathOf(string name) => $"{name} of job '{_place.Name}' in {Location}";

    public void CreateFolder(string name)
    {
        // Names of files have the names of their folders, and nothing else is needed.
    }

    public IReadOnlyList<StoredFile> List(string folder) => _session.Read(connection =>
    {
        var files = new List<StoredFile>();
        int skipped = folder.Length + 1;

        // In the collation of the names the digit 0 comes behind the slash.
        connection.ReadAll(
            "select substring(name from $4), length from files where job = $1 and name > $2 and name < $3 order by name",
            row => files.Add(new StoredFile(row.GetString(0), row.GetInt64(1))),
            _place.JobId,
            $"{folder}/",
            $"{folder}0",
            skipped + 1);
        files.RemoveAll(file => file.Name.Contains('/', StringComparison.Ordinal));
        return files;
    });

    public IReadOnlyList<string> ListFolders(string folder) => _session.Read(connection =>
    {
        var folders = new List<string>();
        connection.ReadAll(
            "select distinct split_part(substring(name from $4), '/', 1) from files where job = $1 and name > $2 and name < $3 and position('/' in substring(name from $4)) > 0 order by 1",
            row => folders.Add(row.GetString(0)),
            _place.JobId,
            $"{folder}/",
            $"{folder}0",
            folder.Length + 2);
        return folders;
    });

    public bool Exists(string name) => _session.Read(connection => Parts.LengthOf(connection, _place, name) is not null);

    public byte[]? TryRead(string name) => _session.Read(connection => Parts.TryRead(connection, _place, name));

    public Stream OpenRead(string name) => PartStream.Open(_readers, _place, name);

    public ValueTask<Stream> OpenReadAsync(string name, CancellationToken cancellationToken) => PartStream.OpenAsync(_readers, _place, name, cancellationToken);

    public void Replace(string name, ReadOnlySpan<byte> bytes)
    {
        Delete(name);
        long length = bytes.Length;
        _session.Write(connection => connection.Execute("insert into files (job, name, length) values ($1, $2, $3)", _place.JobId, name, length));
        Insert(name, position: 0, bytes);
    }

    public void Replace(string name, Action<IBufferWriter<byte>> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        _session.Write(connection => _writer.Replace(connection, name, write));
    }

    public void Append(string name, long length, ReadOnlySpan<byte> bytes)
    {
        long added = bytes.Length;
        _session.Write(connection =>
        {
            // A file is made where none is expected; the update of one that is there waits for nobody, and finds the length that it must have.
            int changed = length == 0
                ? connection.Execute(
                    "insert into files (job, name, length) values ($1, $2, $3) on conflict (job, name) do update set length = excluded.length where files.length = 0", _place.JobId, name, added)
                : connection.Execute("update files set length = $3 where job = $1 and name = $2 and length = $4", _place.JobId, name, length + added, length);
            return changed == 1 ? true : throw Throw.OtherLength(Location, name);
        });
        Insert(name, length, bytes);
    }

    public void Cut(string name, long length) => _session.Write(connection =>
    {
        if (connection.Execute("update files set length = $3 where job = $1 and name = $2 and length >= $3", _place.JobId, name, length) != 1)
        {
            throw Throw.OtherLength(Location, name);
        }

        connection.Execute("delete from parts where job = $1 and name = $2 and position >= $3", _place.JobId, name, length);
        connection.Execute(
            "update parts set bytes = substring(bytes for ($3 - position)::integer) where job = $1 and name = $2 and position + octet_length(bytes) > $3", _place.JobId, name, length);
        return true;
    });

    public void Delete(string name) => _session.Write(connection => connection.Execute("delete from files where job = $1 and name = $2", _place.JobId, name));

    public void Note(string name, ReadOnlySpan<byte> bytes, bool isWhole) => _notes.Add(new Note(name, bytes.ToArray(), isWhole));

    public bool Discard(string name)
    {
        _notes.Add(new Note(name, Bytes: null, IsWhole: true));
        return true;
    }

    public void WhenSaved(Action action) => _whenSaved.Add(action);

    public void Commit()
    {
        IReadOnlyList<Note> notes = _notes.Waiting;
        if (notes.Count > 0)
        {
            _session.Write(connection =>
            {
                NoteQueue.Apply(connection, _place.JobId, notes);
                return true;
            });
        }

        if (_session.HasWritten)
        {
            _session.Commit();
            _notes.Remove(notes.Count);
        }
        else
        {
            _session.Verify();
        }

        Action[] actions = [.. _whenSaved];
        _whenSaved.Clear();
        Array.ForEach(actions, action => action());
    }

    public void Rollback()
    {
        _whenSaved.Clear();
        _session.Rollback();
    }

    public void Dispose()
    {
        try
        {
            // What is written and not committed belongs to a step that never happened; what was handled is deleted.
            Rollback();
            Commit();
        }
        catch (IOException)
        {
            // It is offered once more after a restart.
        }

        _session.Dispose();
        _readers.Dispose();
    }

    private void Insert(string name, long position, ReadOnlySpan<byte> bytes)
    {
        for (int at = 0; at < bytes.Length; at += Parts.Longest)
        {
            byte[] part = bytes.Slice(at, Math.Min(Parts.Longest, bytes.Length - at)).ToArray();
            long start = position + at;
            _session.Write(connection =>
            {
                Parts.Insert(connection, _place.JobId, name, start, part);
                return true;
            });
        }
    }
}
