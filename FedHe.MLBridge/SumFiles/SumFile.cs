namespace FedHe.MLBridge.SumFiles;

/// <summary>
/// A sum file is the place on disk of a sum that is too large for memory. It holds ciphertexts, sums in clear and clients' names, but no key.
/// </summary>
/// <remarks>
/// The file has owner-only permissions where the system has them, and is locked while it is used. It has holes where the sum is shorter than it
/// may become: on file systems with holes it takes about as much as an update. Every change is durable before the next one, so that a process may
/// end at any moment. A digest of each part finds out when the file was damaged, but nothing in it is secret from, or safe from, its owner.
/// </remarks>
public sealed record SumFile
{
    /// <summary>Names the place of a sum.</summary>
    /// <param name="path">The path of the file, whose folder exists.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public SumFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
    }

    /// <summary>The whole path of the file, which a later change of the working folder does not move.</summary>
    public string Path { get; }

    /// <summary>
    /// Whether the file stays when the sum is disposed, so that it can be opened again; that is the default. A file that does not stay is deleted with its sum, unless
    /// something failed before, and takes the place of one that a killed process left behind. A file that could not be opened is never deleted.
    /// </summary>
    public bool IsKept { get; init; } = true;
}
