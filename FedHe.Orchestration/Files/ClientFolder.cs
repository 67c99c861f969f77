using System.Globalization;
using FedHe.Crypto.Random;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Files;

/// <summary>
/// A client folder is where a client has its files. Every file has a random name, is written under a temporary name, and gets its own when it is durable, so that a state never names the file of
/// another life of the client, nor one that was not written to its end.
/// </summary>
/// <remarks>
/// A file goes when the state does not name it and that state is on the disk. The folder learns of the latter by the next step, which a host takes only then. A file whose renaming a power cut
/// undid still has its temporary name, and gets its own again when a state names it.
/// </remarks>
internal sealed class ClientFolder : IDisposable
{
    /// <summary>What the name of a model ends with.</summary>
    public const string ModelExtension = ".model";

    /// <summary>What the name of an upload ends with.</summary>
    public const string UploadExtension = ".upload";

    private const int IdLength = 32;
    private const string Part = ".part";

    private readonly string _path;
    private readonly ClientDisk _disk;
    private readonly FileStream _lock;
    private readonly HashSet<string> _present;
    private HashSet<string> _doomed = [];

    /// <summary>Opens a folder for this client alone.</summary>
    /// <param name="path">The path.</param>
    /// <param name="owner">The client of a job, whose folder it is from now on.</param>
    /// <param name="disk">What is done to files.</param>
    /// <exception cref="ClientFileException">The folder is missing, cannot be written, is another client's, or another client uses it.</exception>
    public ClientFolder(string path, Guid owner, ClientDisk disk)
    {
        _path = Path.GetFullPath(path);
        _disk = disk;
        _lock = FolderLock.Open(_path, owner, Refuse);
        try
        {
            _present = [.. disk.List(_path).Select(file => Path.GetFileName(file)).Where(IsOwn)];
        }
        catch (Exception fault)
        {
            _lock.Dispose();
            throw fault is IOException or UnauthorizedAccessException ? Refuse(FolderFault.Inaccessible, fault) : fault;
        }
    }

    /// <summary>Tells whether a name is one that a folder gives a file. Files with other names are nobody's business, and are never deleted for a wrong path.</summary>
    public static bool IsName(string name)
        => name.Length > IdLength && name[IdLength..] is ModelExtension or UploadExtension && name[..IdLength].All(char.IsAsciiHexDigitLower);

    /// <summary>Returns the path of a file.</summary>
    public string PathOf(string name) => Path.Combine(_path, name);

    /// <summary>Gives files their names which the state names that the client resumes from, and deletes nothing.</summary>
    /// <param name="named">The names of the files.</param>
    public void Claim(IReadOnlyCollection<string> named)
    {
        foreach (string name in named.Where(name => !_present.Contains(name) && _present.Contains(name + Part)))
        {
            _disk.Move(PathOf(name + Part), PathOf(name));
            _present.Remove(name + Part);
            _present.Add(name);
        }
    }

    /// <summary>Deletes all files but those that the newest state names, when these are known to be there: no state can name another one.</summary>
    /// <param name="named">The names of the files.</param>
    public void DeleteOthers(IReadOnlyCollection<string> named)
    {
        EndStep(named);
        BeginStep();
    }

    /// <summary>Begins a file.</summary>
    /// <param name="extension">What the name of the file ends with.</param>
    public PartFile Create(string extension)
    {
        Span<byte> random = stackalloc byte[16];
        HedgedRandom.FillPublic(random);
        string name = string.Create(CultureInfo.InvariantCulture, $"{new Guid(random):N}{extension}");
        return new PartFile(this, _disk, name, PathOf(name + Part));
    }

    /// <summary>Deletes the files that the state of the step before did not name. It is on the disk when another step begins.</summary>
    public void BeginStep()
    {
        _doomed.RemoveWhere(name =>
        {
            try
            {
                _disk.Delete(PathOf(name));
                return _present.Remove(name);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // It is tried again with the next step, or by the next life.
                return false;
            }
        });
    }

    /// <summary>Ends a step that changed the state.</summary>
    /// <param name="named">The names of the files that the state names.</param>
    public void EndStep(IReadOnlyCollection<string> named) => _doomed = [.. _present.Where(name => !named.Contains(name))];

    /// <summary>Opens the folder for others.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>Gives a file that is durable its own name.</summary>
    internal void Take(string name)
    {
        _disk.Move(PathOf(name + Part), PathOf(name));
        _present.Add(name);
    }

    /// <summary>Deletes a file that was not written to its end, with the next step.</summary>
    internal void Doom(string name)
    {
        _present.Add(name + Part);
        _doomed.Add(name + Part);
    }

    private static bool IsOwn(string name) => IsName(name.EndsWith(Part, StringComparison.Ordinal) ? name[..^Part.Length] : name);

    private static ClientFileException Refuse(FolderFault fault, Exception? cause) => new(
        fault switch
        {
            FolderFault.OtherOwner => ClientFileError.OtherClient,
            FolderFault.NotFound => ClientFileError.NotFound,
            FolderFault.InUse => ClientFileError.InUse,
            _ => ClientFileError.Inaccessible,
        },
        cause);
}
