using System.Diagnostics.CodeAnalysis;

namespace FedHe.Orchestration.Tests.Host.Files;

/// <summary>The files of one party, each replaced as a whole as docs/operations.md says.</summary>
public sealed class PartyFiles
{
    private readonly string _folder;

    /// <summary>Opens the files in a folder, and makes the party's key store if there is none.</summary>
    public PartyFiles(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        if (!TryRead(FileNames.KeyStore, out byte[]? key))
        {
            key = System.Security.Cryptography.RandomNumberGenerator.GetBytes(KeyStoreProtector.KeySizeInBytes);
            Replace(FileNames.KeyStore, key);
        }

        Protector = new KeyStoreProtector(key);
    }

    /// <summary>The protector of the party's secrets.</summary>
    public KeyStoreProtector Protector { get; }

    /// <summary>Makes a folder for other files of the party, if it is not there, and returns its path.</summary>
    public string CreateFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>Reads a file, if it is there.</summary>
    public bool TryRead(string name, [NotNullWhen(true)] out byte[]? bytes)
    {
        string path = Path.Combine(_folder, name);
        bytes = File.Exists(path) ? File.ReadAllBytes(path) : null;
        return bytes is not null;
    }

    /// <summary>Deletes a file, if it is there.</summary>
    public void Delete(string name) => File.Delete(Path.Combine(_folder, name));

    /// <summary>Writes a new file beside the old one, flushes it to the disk, and renames it over the old one.</summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="bytes">Its new content.</param>
    /// <param name="halfway">Runs when half of the new file is written; may be null.</param>
    public void Replace(string name, ReadOnlySpan<byte> bytes, Action? halfway = null)
    {
        string path = Path.Combine(_folder, name);
        using (var file = new FileStream($"{path}.new", FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes[..(bytes.Length / 2)]);
            if (halfway is not null)
            {
                file.Flush(flushToDisk: true);
                halfway();
            }

            file.Write(bytes[(bytes.Length / 2)..]);
            file.Flush(flushToDisk: true);
        }

        File.Move($"{path}.new", path, overwrite: true);
    }
}
