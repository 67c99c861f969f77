using System.Buffers;

namespace FedHe.Hosting.Stores;

/// <summary>A server store keeps what the server of one job must not lose, as named files: in a folder (<see cref="Folders.PartyFolder"/>), or in a database.</summary>
/// <remarks>
/// One thread at a time writes, and calls <see cref="Commit"/> before anything is acknowledged. A folder brings every write to the disk by itself, in the order of the calls; a
/// database brings all writes since the last <see cref="Commit"/> to its disk together. A server is right with both. <see cref="PathOf"/>, <see cref="OpenRead"/>,
/// <see cref="OpenReadAsync"/>, <see cref="Note"/> and <see cref="Discard"/> may be called by any thread at any time. Every method that reads or writes throws an <see cref="IOException"/> where it cannot, and the server then calls
/// <see cref="Rollback"/> and reads anew.
/// </remarks>
public interface IServerStore : IDisposable
{
    /// <summary>The name of the place for the log and for errors, without any secret.</summary>
    string Location { get; }

    /// <summary>Whether <see cref="PathOf"/> returns paths of files on this machine.</summary>
    bool HasFiles { get; }

    /// <summary>Returns the path of a file, or what a database calls it in errors.</summary>
    /// <param name="name">The name of the file, which may begin with the name of a folder and a slash.</param>
    string PathOf(string name);

    /// <summary>Makes a folder for files, where the store needs it.</summary>
    /// <param name="name">The name of the folder.</param>
    void CreateFolder(string name);

    /// <summary>Returns the files in a folder, without those in folders below it.</summary>
    /// <param name="folder">The name of the folder.</param>
    IReadOnlyList<StoredFile> List(string folder);

    /// <summary>Returns the names of the folders in a folder that have files, or may have.</summary>
    /// <param name="folder">The name of the folder, which need not be there.</param>
    IReadOnlyList<string> ListFolders(string folder);

    /// <summary>Tells whether there is a file.</summary>
    /// <param name="name">The name of the file.</param>
    bool Exists(string name);

    /// <summary>Reads a file, or returns null where there is none.</summary>
    /// <param name="name">The name of the file.</param>
    byte[]? TryRead(string name);

    /// <summary>Opens a file that was committed, a part of which is in memory at a time.</summary>
    /// <param name="name">The name of the file.</param>
    /// <returns>A stream that can seek.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    Stream OpenRead(string name);

    /// <summary>Opens a file that was committed, as <see cref="OpenRead"/> does, without a thread that waits where the store has to be asked.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A stream that can seek.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    ValueTask<Stream> OpenReadAsync(string name, CancellationToken cancellationToken) => new(OpenRead(name));

    /// <summary>Replaces a file as a whole.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="bytes">The new content.</param>
    void Replace(string name, ReadOnlySpan<byte> bytes);

    /// <summary>Replaces a file as a whole by what an object writes, a part of which is in memory at a time.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="write">The method that writes the object.</param>
    void Replace(string name, Action<IBufferWriter<byte>> write);

    /// <summary>Appends to a file, and makes it where there is none.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="length">The length that the file has, in bytes; a file of another length is refused, because somebody else wrote to it.</param>
    /// <param name="bytes">The bytes to append.</param>
    void Append(string name, long length, ReadOnlySpan<byte> bytes);

    /// <summary>Cuts the end of a file off.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="length">The length that remains, in bytes.</param>
    void Cut(string name, long length);

    /// <summary>Deletes a file, if it is there.</summary>
    /// <param name="name">The name of the file.</param>
    void Delete(string name);

    /// <summary>Appends to a file apart from what is committed, or replaces it. What was noted last may be lost when the process or the machine ends.</summary>
    /// <param name="name">The name of a file that was committed.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isWhole">Whether the bytes are the whole file.</param>
    /// <exception cref="IOException">A part of the bytes may be at the end of the file.</exception>
    void Note(string name, ReadOnlySpan<byte> bytes, bool isWhole);

    /// <summary>Deletes a file that was committed, apart from what is committed. It may still be there when the process or the machine ends.</summary>
    /// <param name="name">The name of the file.</param>
    /// <returns>Whether the file is gone, or will be.</returns>
    bool Discard(string name);

    /// <summary>Calls a method when all that was written before is on the disk, or never where that fails.</summary>
    /// <param name="action">The method, which must not throw.</param>
    void WhenSaved(Action action);

    /// <summary>Brings everything that was written to the disk. When the method returns, it is there, and this server is still the only one that writes.</summary>
    /// <exception cref="IOException">It is not there, or whether it is there is not known. Nothing of it may be acknowledged.</exception>
    void Commit();

    /// <summary>Forgets what was written and is not on the disk, because a write has failed. The next call goes on, where it can.</summary>
    void Rollback();
}
