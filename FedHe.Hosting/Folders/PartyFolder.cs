using System.Buffers;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Persistence;

namespace FedHe.Hosting.Folders;

/// <summary>A party folder keeps what a party must not lose.</summary>
/// <remarks>
/// One process at a time works in it, only its owner can look into it, and every file in it but the logs is replaced as a whole. As the store of a server it brings each write to
/// the disk by itself, so that there is nothing left to commit.
/// </remarks>
public sealed class PartyFolder : IServerStore
{
    private const string LockName = "lock";
    private const string Unfinished = ".new";

    // The head of a state with its stamp is shorter.
    private const int HeadLength = 256;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _lock;

    private PartyFolder(string location, FileStream folderLock) => (Location, _lock) = (location, folderLock);

    /// <summary>The full path of the folder.</summary>
    public string Location { get; }

    /// <summary>Opens a folder for this process, and makes it where there is none.</summary>
    /// <param name="location">The path of the folder.</param>
    /// <exception cref="HostingException">Another process works in the folder, or it cannot be written.</exception>
    public static PartyFolder Open(string location)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(location);
        string path = Path.GetFullPath(location);
        try
        {
            CreatePrivate(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Throw.FolderNotWritable(path, fault);
        }

        FileStream? folderLock = null;
        try
        {
            folderLock = new FileStream(Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            foreach (string left in Directory.EnumerateFiles(path, $"*{Unfinished}", SearchOption.AllDirectories))
            {
                File.Delete(left);
            }

            return new PartyFolder(path, folderLock);
        }
        catch (UnauthorizedAccessException fault)
        {
            folderLock?.Dispose();
            throw Throw.FolderNotWritable(path, fault);
        }
        catch (IOException fault)
        {
            folderLock?.Dispose();
            throw Throw.FolderInUse(path, fault);
        }
    }

    /// <summary>Returns the path of a file or a folder in this folder.</summary>
    /// <param name="name">The name, which may begin with the name of a folder in this one.</param>
    public string PathOf(string name) => Path.Combine(Location, name);

    /// <summary>Makes a folder in this one, which only its owner can look into.</summary>
    /// <param name="name">The name of the folder.</param>
    public void CreateFolder(string name) => CreatePrivate(PathOf(name));

    /// <summary>Reads a file, or returns null where there is none.</summary>
    /// <param name="name">The name of the file.</param>
    public byte[]? TryRead(string name) => File.Exists(PathOf(name)) ? File.ReadAllBytes(PathOf(name)) : null;

    /// <summary>Reads a file.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="origin">The end of the sentence "The file is missing: ", which says where it comes from.</param>
    /// <exception cref="HostingException">The file is missing.</exception>
    public byte[] Read(string name, string origin) => TryRead(name) ?? throw Throw.FileMissing(PathOf(name), origin);

    /// <summary>
    /// Replaces a file: writes a new one beside it, flushes that to the disk, and renames it. When the method returns, the file is on the disk.
    /// </summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="bytes">The new content.</param>
    /// <exception cref="IOException">The file could not be written; the old one is unchanged.</exception>
    public void Replace(string name, ReadOnlySpan<byte> bytes) => Replace(name, bytes, static (file, content) => file.Write(content));

    /// <summary>Appends to a file, and makes it where there is none. When the method returns, the bytes are on the disk.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="length">The length that the file has, in bytes.</param>
    /// <param name="bytes">The bytes to append.</param>
    /// <exception cref="IOException">The bytes could not be written, and a part of them may be at the end of the file; or the file has another length.</exception>
    public void Append(string name, long length, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using FileStream file = Open(PathOf(name), FileMode.OpenOrCreate);
            if (file.Length != length)
            {
                throw new IOException("The file has another length than when this process wrote to it.");
            }

            file.Position = length;
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    /// <summary>Cuts the end of a file off. When the method returns, the file on the disk is shorter.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="length">The length that remains, in bytes.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Cut(string name, long length)
    {
        try
        {
            using FileStream file = Open(PathOf(name), FileMode.Open);
            file.SetLength(length);
            file.Flush(flushToDisk: true);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    /// <summary>Replaces a file by what an object writes.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="write">The method that writes the object.</param>
    /// <exception cref="IOException">The file could not be written; the old one is unchanged.</exception>
    public void Replace(string name, Action<IBufferWriter<byte>> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Replace(name, write, new FileBuffer(headLength: 0));
    }

    /// <summary>Replaces a saved state or ledger, and then the file that shows which one is the newest.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="newestName">The name of the file with the beginning of the newest one.</param>
    /// <param name="state">The state.</param>
    /// <exception cref="IOException">A file could not be written. The party must not go on, because it is ahead of its disk.</exception>
    public void Replace(string name, string newestName, SavedState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Replace(name, newestName, state.WriteTo);
    }

    /// <summary>Replaces a state or ledger by what a method writes, and then the file that shows which one is the newest.</summary>
    internal void Replace(string name, string newestName, Action<IBufferWriter<byte>> write)
    {
        var bytes = new FileBuffer(HeadLength);
        Replace(name, write, bytes);
        Replace(newestName, bytes.Head);
    }

    /// <summary>Returns the stamp of the newest state or ledger that was written, or null where the folder knows none.</summary>
    /// <param name="newestName">The name of the file with the beginning of the newest one.</param>
    /// <param name="state">The state that is there.</param>
    public StateStamp? NewestOf(string newestName, ReadOnlySpan<byte> state)
    {
        if (TryRead(newestName) is not byte[] head || !StateStamp.TryRead(head, out StateStamp? newest))
        {
            return null;
        }

        // A process that ended between the two files left the older stamp.
        return StateStamp.TryRead(state, out StateStamp? own) && own.Value.MayReplace(newest.Value) ? own : newest;
    }

    /// <summary>Deletes a file, if it is there.</summary>
    /// <param name="name">The name of the file.</param>
    /// <exception cref="IOException">The file cannot be deleted.</exception>
    public void Delete(string name)
    {
        try
        {
            File.Delete(PathOf(name));
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    /// <summary>Lets other processes work in the folder.</summary>
    public void Dispose() => _lock.Dispose();

    bool IServerStore.HasFiles => true;

    IReadOnlyList<StoredFile> IServerStore.List(string folder)
        => [.. new DirectoryInfo(PathOf(folder)).EnumerateFiles().Select(file => new StoredFile(file.Name, file.Length))];

    IReadOnlyList<string> IServerStore.ListFolders(string folder)
        => Directory.Exists(PathOf(folder)) ? [.. new DirectoryInfo(PathOf(folder)).EnumerateDirectories().Select(below => below.Name)] : [];

    bool IServerStore.Exists(string name) => File.Exists(PathOf(name));

    Stream IServerStore.OpenRead(string name) => OpenRead(PathOf(name));

    void IServerStore.Note(string name, ReadOnlySpan<byte> bytes, bool isWhole)
    {
        if (isWhole)
        {
            Replace(name, bytes);
            return;
        }

        try
        {
            File.AppendAllBytes(PathOf(name), bytes);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    bool IServerStore.Discard(string name)
    {
        try
        {
            Delete(name);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    void IServerStore.WhenSaved(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        action();
    }

    void IServerStore.Commit()
    {
        // Each write is on the disk by itself.
    }

    void IServerStore.Rollback()
    {
        // A write that failed has changed nothing but the end of a log, which its readers pass over.
    }

    /// <summary>Opens a file to read it, while its process may append to it or replace it.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="isPart">Whether its reader asks for parts that are long enough to go past a buffer.</param>
    internal static FileStream OpenRead(string path, bool isPart = false)
        => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, isPart ? 0 : 4096);

    /// <summary>Replaces a file by what an object writes, which may be long and need not stand in memory as a whole.</summary>
    private void Replace(string name, Action<IBufferWriter<byte>> write, FileBuffer buffer) => Replace(name, write, (file, content) =>
    {
        buffer.File = file;
        content(buffer);
        buffer.Flush();
    });

    private void Replace<T>(string name, T content, Action<FileStream, T> write)
        where T : allows ref struct
    {
        string path = PathOf(name);
        string temporary = $"{path}.{Guid.NewGuid():N}{Unfinished}";
        try
        {
            using (FileStream file = Open(temporary, FileMode.CreateNew))
            {
                write(file, content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException(fault.Message, fault);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly);
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The first exception says more, and the next process to open the folder deletes the rest.
        }
    }
}
