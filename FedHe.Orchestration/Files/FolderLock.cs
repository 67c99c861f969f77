namespace FedHe.Orchestration.Files;

/// <summary>A folder lock is a file that no two parties have open, and that names the owner of its folder.</summary>
internal static class FolderLock
{
    private const string Name = "lock";

    /// <summary>Returns the path of the lock of a folder.</summary>
    public static string In(string folder) => Path.Combine(folder, Name);

    /// <summary>Opens the lock of a folder.</summary>
    /// <param name="folder">The path of the folder, which is the owner's from now on if it was nobody's.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="fault">Makes the exception for a reason and a fault of the file system.</param>
    public static FileStream Open(string folder, Guid owner, Func<FolderFault, Exception?, Exception> fault)
    {
        FileStream? file = null;
        bool isOwn = false;
        try
        {
            file = new FileStream(In(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            isOwn = Belongs(file, owner);
        }
        catch (DirectoryNotFoundException missing)
        {
            throw fault(FolderFault.NotFound, missing);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw fault(FolderFault.Inaccessible, denied);
        }
        catch (IOException other)
        {
            // The lower half is the system's own number: EAGAIN of Linux and macOS, and violations of sharing and of locks of Windows.
            bool isLocked = (other.HResult & 0xFFFF) is 11 or 35 or 32 or 33;
            throw fault(isLocked ? FolderFault.InUse : FolderFault.Inaccessible, other);
        }
        finally
        {
            if (!isOwn)
            {
                file?.Dispose();
            }
        }

        return isOwn ? file : throw fault(FolderFault.OtherOwner, null);
    }

    private static bool Belongs(FileStream file, Guid owner)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (file.Length > 0)
        {
            return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && new Guid(bytes) == owner;
        }

        owner.TryWriteBytes(bytes);
        file.Write(bytes);

        // Where the power took it away, the folder would count as nobody's, and zeros as another owner's for ever.
        file.Flush(flushToDisk: true);
        return true;
    }
}
