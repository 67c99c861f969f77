using System.Text;
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
            var files = new ServerFiles(kit, PostgreSqlFiles.Open(options, kit.JobName, job.JobId));
            if (files.TryRead(PartyFiles.StateElsewhere) is not byte[] moved)
            {
                return files;
            }

            files.Dispose();
            throw ToolException.Refused(
                $"The server of {kit.Location} is not in {files._database!.Location}, but in {PlaceIn(Encoding.UTF8.GetString(moved))}. Name no database where it was moved into its folder; where 'fedhe server move' was broken off, run it again.");
        }

        string mark = Path.Combine(kit.Folder, PartyFiles.StateElsewhere);
        return File.Exists(mark)
            ? throw ToolException.Refused(
                $"The server of {kit.Location} is kept elsewhere: {PlaceIn(File.ReadAllText(mark))}. Name the database: {DatabaseOption.Name}, or {KitDatabase.Section} in the kit's settings or the environment.")
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

    // A move adds lines of its own.
    private static string PlaceIn(string mark) => mark.Split('\n')[0];

    public void Dispose() => _database?.Dispose();
}
