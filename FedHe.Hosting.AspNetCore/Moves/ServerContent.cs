using System.Buffers;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Stores;
using FedHe.Orchestration.Persistence;

namespace FedHe.Hosting.AspNetCore.Moves;

/// <summary>The content of a store is all files that the server of a job keeps in it, but for the mark that says that the server is elsewhere.</summary>
internal static class ServerContent
{
    private const string Mail = "mail";
    private const int PartLength = 64 * 1024;

    // The head of a state with its stamp is shorter.
    private const int HeadLength = 256;

    // The state is copied and deleted last, so that a place with a state has all other files too.
    private static readonly string[] Files = [PartyFiles.Metrics, PartyFiles.AuditLog, PartyFiles.NewestAudit, PartyFiles.NewestState, PartyFiles.Changes, PartyFiles.State];

    /// <summary>Returns the names of the files, the state last.</summary>
    public static IReadOnlyList<string> Of(IServerStore store)
        => [.. store.ListFolders(Mail).Select(folder => $"{Mail}/{folder}").SelectMany(folder => store.List(folder).Select(file => $"{folder}/{file.Name}")), .. Files.Where(store.Exists)];

    /// <summary>Returns the stamp of the state, or null where there is none.</summary>
    /// <exception cref="IOException">The state could not be read.</exception>
    public static StateStamp? StampOf(IServerStore store)
    {
        if (!store.Exists(PartyFiles.State))
        {
            return null;
        }

        using Stream file = Open(store, PartyFiles.State);
        byte[] head = new byte[HeadLength];
        int read = file.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false);
        return StateStamp.TryRead(head.AsSpan(0, read), out StateStamp? stamp) ? stamp : null;
    }

    /// <summary>Copies the content, a part of a message at a time. It is on the disk when the target is committed, which a folder always is.</summary>
    /// <exception cref="IOException">A file could not be read or written.</exception>
    public static void Copy(IServerStore source, IServerStore target)
    {
        target.CreateFolder(Mail);
        foreach (string folder in source.ListFolders(Mail))
        {
            target.CreateFolder($"{Mail}/{folder}");
        }

        foreach (string name in Of(source))
        {
            using Stream file = Open(source, name);
            target.Replace(name, destination => Copy(file, destination));
        }
    }

    /// <summary>Finds a file that a copy does not have as its source does, or that the copy alone has; or returns null where the copy is right.</summary>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static string? FindDifference(IServerStore source, IServerStore copy)
    {
        string[] names = [.. Of(source)];
        return Of(copy).Except(names, StringComparer.Ordinal).FirstOrDefault() ?? Array.Find(names, name => !IsSame(source, copy, name));
    }

    /// <summary>Deletes the content, the state last.</summary>
    /// <exception cref="IOException">A file could not be deleted.</exception>
    public static void Delete(IServerStore store)
    {
        foreach (string name in Of(store))
        {
            store.Delete(name);
        }
    }

    // What reads messages might see a database that is behind the one that the server wrote to; a server reads its other files as a whole, too.
    private static Stream Open(IServerStore store, string name)
        => store.HasFiles || !Files.Contains(name) ? store.OpenRead(name)
            : new MemoryStream(store.TryRead(name) ?? throw new FileNotFoundException(message: null, store.PathOf(name)), writable: false);

    private static bool IsSame(IServerStore source, IServerStore copy, string name)
    {
        if (!copy.Exists(name))
        {
            return false;
        }

        using Stream one = Open(source, name);
        using Stream other = Open(copy, name);
        byte[] part = new byte[PartLength];
        byte[] copied = new byte[PartLength];
        int read;
        do
        {
            read = one.ReadAtLeast(part, PartLength, throwOnEndOfStream: false);
            if (other.ReadAtLeast(copied, PartLength, throwOnEndOfStream: false) != read || !part.AsSpan(0, read).SequenceEqual(copied.AsSpan(0, read)))
            {
                return false;
            }
        }
        while (read == PartLength);
        return true;
    }

    private static void Copy(Stream file, IBufferWriter<byte> destination)
    {
        for (int read = -1; read != 0;)
        {
            read = file.Read(destination.GetSpan(PartLength));
            destination.Advance(read);
        }
    }
}
