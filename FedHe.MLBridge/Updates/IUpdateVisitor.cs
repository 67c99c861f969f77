using FedHe.Crypto.Ciphertexts;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// An update visitor sees everything of an update that its server will see, in order and while it is in the processor's caches.
/// </summary>
public interface IUpdateVisitor
{
    /// <summary>Visits values in clear, which come before all segments.</summary>
    /// <param name="integers">The next values, as integers in units of 2^-30 of their tensors' bounds; valid only during the call.</param>
    void VisitClear(ReadOnlySpan<long> integers);

    /// <summary>Visits the encrypted values of a segment.</summary>
    /// <param name="segment">The index of the segment, from 0.</param>
    /// <param name="vector">The vector, which the visitor neither keeps nor disposes.</param>
    void VisitSegment(int segment, EncryptedVector vector);
}
