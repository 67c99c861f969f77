using FedHe.Hosting.Folders;
using FedHe.Hosting.PostgreSql.Options;
using FedHe.Hosting.PostgreSql.Reading;
using FedHe.Orchestration.Job;
using FedHe.Tool.Output;

namespace FedHe.Tool.Kits;

/// <summary>Server files are what the server of a kit keeps, in its folder or in a database, to look at while it runs or not. Nothing is changed.</summary>
/// <remarks>All files of a database are of one moment. In a folder the server goes on meanwhile, so that changes are read before the state, which then has them already.</remarks>
internal sealed class ServerFiles : IDisposable
{
    private readonly Kit _kit;
    private readonly PostgreSqlFiles? _database;

    private ServerFiles(Kit kit, PostgreSqlFiles? database) => (_kit, _database) = (kit, database);

    /// <summary>Opens what the server of a kit keeps.</summary>
    public static ServerFiles Open(Kit kit, FederationJob job)
    {
        if (kit.Database is FedHePostgreSqlOptions options)
        {
            return new ServerFiles(kit, PostgreSqlFiles.Open(options, kit.JobName, job.JobId));
        }

        string mark = Path.Combine(kit.Folder, PartyFiles.StateElsewhere);
        return File.Exists(mark)
            ? throw ToolException.Refused(
                $"The server of {kit.Location} is kept elsewhere: {File.ReadAllText(mark).Trim()}. Name the database: {DatabaseOption.Name}, or {KitDatabase.Section} in the kit's settings or the environment.")
            : new ServerFiles(kit, database: null);
    }

    /// <summary>Returns what errors call a file.</summary>
    public string PathOf(string name) => _database is null ? Path.Combine(_kit.Folder, name) : $"{name} in {_database.Location}";

    /// <summary>Reads a file, or returns null where there is none.</summary>
    public byte[]? TryRead(string name)
    {
        if (_database is not null)
        {
            return _database.TryRead(name);
        }

        try
        {
            using FileStream file = new(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Returns the length of a file in bytes, or 0.</summary>
    public long LengthOf(string name) => _database?.LengthOf(name) ?? (new FileInfo(PathOf(name)) is { Exists: true } file ? file.Length : 0);

    public void Dispose() => _database?.Dispose();
}
