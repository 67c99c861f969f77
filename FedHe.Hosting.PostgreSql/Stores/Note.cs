namespace FedHe.Hosting.PostgreSql.Stores;

/// <summary>A note is a small change of a file that waits for the next commit.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="Bytes">The bytes, or null where the file is to be deleted.</param>
/// <param name="IsWhole">Whether the bytes are the whole file.</param>
internal sealed record Note(string Name, byte[]? Bytes, bool IsWhole);
