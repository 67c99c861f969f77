using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>A sum store is where the sums of an aggregation are: in memory or in a file.</summary>
internal abstract class SumStore : IDisposable
{
    /// <summary>The slot of an update that is in a part of the sum alone, and must be folded in to its end, or null.</summary>
    public virtual UploadSlot? Pending => null;

    /// <summary>Whether the sum was completed, before the process that did it ended perhaps.</summary>
    public virtual bool IsComplete => false;

    /// <summary>Tells whether an update has the slot and the bytes of one that the store remembers, whole or in part.</summary>
    public virtual bool Recognizes(EncryptedModelUpdate update) => throw Throw.SumInMemory();

    /// <summary>Returns the digest of an update that is remembered, or null.</summary>
    public virtual Digest? ContentOf(UploadSlot slot) => throw Throw.SumInMemory();

    /// <summary>Adds an update to all sums.</summary>
    /// <param name="update">The update, which may be added.</param>
    /// <param name="multiplier">The weight that the server multiplies by, or 1.</param>
    /// <param name="totals">The totals with the update.</param>
    /// <exception cref="AggregationBrokenException">
    /// The update was added to some sums only. Every other exception, but a fault of the file, leaves the sums as they were.
    /// </exception>
    /// <exception cref="SumFileException">The file of the sum cannot be read or written.</exception>
    public abstract void Fold(EncryptedModelUpdate update, long multiplier, RunningTotals totals);

    /// <summary>Returns the unfinished sums, to be copied; the store keeps them.</summary>
    public abstract (ClearIntegers Clear, SegmentSet Segments) Snapshot();

    /// <summary>Ends the aggregation and hands the sums over.</summary>
    /// <param name="compress">Returns a segment as it travels, and disposes what it is given or returns it; null where segments travel as they are.</param>
    public abstract (ClearIntegers Clear, SegmentSet Segments) Complete(Func<EncryptedVector, EncryptedVector>? compress);

    /// <summary>Fills empty sums.</summary>
    /// <param name="content">The sums of an unfinished aggregation.</param>
    /// <param name="slots">The slots of the updates in it.</param>
    public abstract void Load(AggregateContent content, IReadOnlyCollection<UploadSlot> slots);

    /// <summary>Leaves the sums empty, as the saved sum was.</summary>
    public virtual void LoadNothing()
    {
    }

    /// <summary>Releases the sums, unless they were handed over.</summary>
    public abstract void Dispose();
}
