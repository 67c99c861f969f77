namespace FedHe.Orchestration.Files;

/// <summary>A client disk is what a client does to its files, each step on its own, so that tests can end a process between any two of them.</summary>
internal class ClientDisk
{
    /// <summary>Lists the paths of the files in a folder.</summary>
    public virtual IEnumerable<string> List(string folder) => Directory.EnumerateFiles(folder);

    /// <summary>Creates a file that only its owner can read.</summary>
    public virtual Stream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Returns when everything that was written to a file is durable.</summary>
    public virtual void Flush(Stream file) => ((FileStream)file).Flush(flushToDisk: true);

    /// <summary>Gives a file another name, which no other one has.</summary>
    public virtual void Move(string from, string to) => File.Move(from, to);

    /// <summary>Deletes a file, if it is there.</summary>
    public virtual void Delete(string path) => File.Delete(path);
}
