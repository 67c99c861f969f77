using FedHe.MLBridge.Aggregation;

namespace FedHe.Orchestration.Sums;

/// <summary>A stored sum is a completed sum in its file, from which its aggregate is read as long as the server keeps it.</summary>
/// <param name="file">The name of the file.</param>
/// <param name="aggregate">The aggregate, which the object owns, or null where the file is another process's and is not opened.</param>
internal sealed class StoredSum(Guid file, EncryptedAggregate? aggregate) : IDisposable
{
    /// <summary>The name of the file.</summary>
    public Guid File => file;

    /// <summary>Whether the file is open.</summary>
    public bool IsOpen => aggregate is not null;

    /// <summary>The length of the encoded aggregate in bytes.</summary>
    public long Length => aggregate!.EncodedLength;

    /// <summary>Opens the encoded aggregate.</summary>
    public Stream OpenRead() => aggregate!.OpenRead();

    public void Dispose() => aggregate?.Dispose();
}
