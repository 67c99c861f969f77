using System.Diagnostics;

namespace FedHe.Hosting.Tests.Support;

/// <summary>A disk of a certain size under the folder of a party, which a test can fill to the last page: a file system in memory of its own.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const string Filler = "filler";

    private readonly string _folder;

    /// <summary>Moves a folder to a disk of its own.</summary>
    /// <param name="folder">The folder, which nobody uses.</param>
    /// <param name="length">The size of the disk, in bytes.</param>
    public SmallDisk(string folder, long length)
    {
        _folder = folder;
        string away = $"{folder}-away";
        Directory.Move(folder, away);
        Directory.CreateDirectory(folder);
        Mount(folder, length).Should().BeTrue();
        foreach (string file in Directory.GetFiles(away))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        Directory.Delete(away, recursive: true);
    }

    /// <summary>Why there can be no such disk, or null if there can.</summary>
    public static string? WhyNot { get; } = FindWhyNot();

    /// <summary>The length of what one page of the disk holds, in bytes.</summary>
    public static int Page => Environment.SystemPageSize;

    /// <summary>The pages that are free.</summary>
    public long FreePages => new DriveInfo(_folder).AvailableFreeSpace / Page;

    /// <summary>Fills the disk until some pages are left.</summary>
    /// <param name="pages">The number of pages that are left, where as many are free.</param>
    public void FillUpTo(int pages)
    {
        for (int tries = 1; ; tries++)
        {
            Clear();
            try
            {
                File.WriteAllBytes(Path.Combine(_folder, Filler), new byte[Math.Max(0, FreePages - pages) * Page]);
                return;
            }
            catch (IOException) when (tries < 100)
            {
                // The server has written in between what it writes without being asked.
            }
        }
    }

    /// <summary>Takes away what fills the disk.</summary>
    public void Clear() => File.Delete(Path.Combine(_folder, Filler));

    /// <summary>Takes the disk away, and what is on it.</summary>
    public void Dispose() => Run("umount", "--lazy", _folder);

    private static string? FindWhyNot()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return "A full disk needs a file system of its own, which only root mounts on Linux.";
        }

        string folder = Directory.CreateTempSubdirectory("fedhe-disk-").FullName;
        bool isMounted = Mount(folder, Page);
        if (isMounted)
        {
            Run("umount", "--lazy", folder);
        }

        Directory.Delete(folder);
        return isMounted ? null : "A full disk needs a file system of its own, which this machine does not let root mount.";
    }

    private static bool Mount(string folder, long length) => Run("mount", "-t", "tmpfs", "-o", $"size={length},mode=700", "tmpfs", folder);

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
