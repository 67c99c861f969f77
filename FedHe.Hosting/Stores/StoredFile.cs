namespace FedHe.Hosting.Stores;

/// <summary>A stored file is what a list of files says of one.</summary>
/// <param name="Name">The name of the file in its folder.</param>
/// <param name="Length">The length in bytes.</param>
public readonly record struct StoredFile(string Name, long Length);
