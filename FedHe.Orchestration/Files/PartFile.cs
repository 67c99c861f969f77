namespace FedHe.Orchestration.Files;

/// <summary>A part file is a file while it is written. Unless it is kept, it is deleted.</summary>
internal sealed class PartFile : IDisposable
{
    private readonly ClientFolder _folder;
    private readonly ClientDisk _disk;
    private readonly string _path;
    private bool _isKept;

    /// <summary>Creates the file under its temporary name.</summary>
    public PartFile(ClientFolder folder, ClientDisk disk, string name, string path)
    {
        (_folder, _disk, Name, _path) = (folder, disk, name, path);
        Stream = disk.Create(path);
    }

    /// <summary>The name that the file gets.</summary>
    public string Name { get; }

    /// <summary>What is written, and can be read.</summary>
    public Stream Stream { get; }

    /// <summary>Makes the file durable, and gives it its name.</summary>
    public void Keep()
    {
        _disk.Flush(Stream);
        Stream.Dispose();
        _folder.Take(Name);
        _isKept = true;
    }

    public void Dispose()
    {
        Stream.Dispose();
        if (_isKept)
        {
            return;
        }

        try
        {
            _disk.Delete(_path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It is tried again with the next step.
            _folder.Doom(Name);
        }
    }
}
