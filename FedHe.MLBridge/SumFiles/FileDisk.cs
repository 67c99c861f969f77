using FedHe.MLBridge.Errors;
using Microsoft.Win32.SafeHandles;

namespace FedHe.MLBridge.SumFiles;

/// <summary>A file disk is a file of the operating system, read and written at any offset, from several threads too.</summary>
/// <remarks>
/// It is not mapped into memory: a mapped file that meets a full disk ends the process with a signal, and its pages count as the process's memory.
/// </remarks>
internal sealed class FileDisk : SumDisk
{
    private readonly SumFile _place;
    private readonly bool _isCreated;

    // A stream can be created for its owner alone; its handle alone is used.
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;

    private FileDisk(SumFile place, FileStream file, bool isCreated)
    {
        _place = place;
        _isCreated = isCreated;
        _file = file;
        _handle = file.SafeFileHandle;
    }

    /// <summary>Creates the file, which must not be there unless it need not be kept and is a sum's.</summary>
    /// <param name="place">The place.</param>
    /// <param name="isSum">Tells from the first bytes of a file whether it is a sum's.</param>
    public static FileDisk Create(SumFile place, Func<ReadOnlySpan<byte>, bool> isSum)
    {
        if (!place.IsKept && File.Exists(place.Path))
        {
            DeleteRemnant(place, isSum);
        }

        return new FileDisk(place, Open(place, FileMode.CreateNew), isCreated: true);
    }

    public static FileDisk Open(SumFile place) => new(place, Open(place, FileMode.Open), isCreated: false);

    public override void Read(long offset, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int read = RandomAccess.Read(_handle, destination, offset);
                if (read == 0)
                {
                    throw Fault(SumFileError.Damaged);
                }

                destination = destination[read..];
                offset += read;
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fail();
            throw Translate(fault);
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_handle, bytes, offset);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fail();
            throw Translate(fault);
        }
    }

    public override void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fail();
            throw Translate(fault);
        }
    }

    public override void Dispose()
    {
        if (_handle.IsClosed)
        {
            return;
        }

        // A file that was opened is not known for a sum until it was read to its end, and one that failed can be opened again.
        bool isDeleted = HasBegun ? !_place.IsKept && !HasFailed : _isCreated;
        try
        {
            // Where the system allows it the file goes while it is locked, so that nobody else's is deleted.
            if (isDeleted && !OperatingSystem.IsWindows())
            {
                File.Delete(_place.Path);
            }

            _file.Dispose();
            if (isDeleted && OperatingSystem.IsWindows())
            {
                File.Delete(_place.Path);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _file.Dispose();
            throw Translate(fault);
        }
    }

    /// <summary>Says what a fault of the file system means for a sum.</summary>
    internal static SumFileException Translate(Exception fault) => new(ErrorOf(fault), fault);

    private static SumFileError ErrorOf(Exception fault)
    {
        // The lower half is the system's own number.
        int code = fault.HResult & 0xFFFF;
        (int[] full, int[] exists, int[] locked) = OperatingSystem.IsWindows()
            ? ((int[])[39, 112], (int[])[80, 183], (int[])[32, 33])
            : ([28, 69, 122], [17], [11, 35]);
        return fault is (FileNotFoundException or DirectoryNotFoundException) ? SumFileError.NotFound
            : full.Contains(code) ? SumFileError.DiskFull
            : exists.Contains(code) ? SumFileError.AlreadyExists
            : locked.Contains(code) ? SumFileError.InUse
            : SumFileError.Inaccessible;
    }

    private static FileStream Open(SumFile place, FileMode mode)
    {
        try
        {
            return new FileStream(place.Path, OptionsOf(mode));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Translate(fault);
        }
    }

    private static FileStreamOptions OptionsOf(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static void DeleteRemnant(SumFile place, Func<ReadOnlySpan<byte>, bool> isSum)
    {
        Span<byte> beginning = stackalloc byte[SumHead.MagicLength];
        beginning.Clear();
        using (FileStream file = Open(place, FileMode.Open))
        {
            _ = file.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false);
        }

        // Nothing else is deleted for a wrong path.
        if (!isSum(beginning))
        {
            throw new SumFileException(SumFileError.AlreadyExists);
        }

        File.Delete(place.Path);
    }
}
