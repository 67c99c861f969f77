using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// An encrypted aggregate is the weighted sum of all updates of a round, in segments of 64 ciphertexts and not yet
/// divided by the total weight. It is immutable; dispose it to release its memory.
/// </summary>
/// <remarks>
/// A parsed aggregate keeps no decoded segment: it refers to the bytes that it was read from, which must stay available
/// and unchanged while it is used. Source: FedML-HE, Algorithm 1, the server's result; the division by the total weight
/// follows decryption.
/// </remarks>
public sealed class EncryptedAggregate : IDisposable
{
    private const int FixedLength = WireHeader.SizeInBytes + Digest.SizeInBytes;

    private readonly AggregateContent _content;
    private readonly Digest _parametersId;

    internal EncryptedAggregate(Digest termsDigest, Digest parametersId, AggregateContent content)
    {
        TermsDigest = termsDigest;
        _content = content;
        _parametersId = parametersId;
    }

    /// <summary>The digest of the terms under which the aggregate was made.</summary>
    public Digest TermsDigest { get; }

    /// <summary>The job of all updates in the aggregate.</summary>
    public Guid JobId => _content.JobId;

    /// <summary>The round of all updates in the aggregate, from 1.</summary>
    public int Round => _content.Round;

    /// <summary>The number of updates in the aggregate, at least 1.</summary>
    public int Contributions => _content.Contributions;

    /// <summary>The sum of the weights, or null when they are hidden.</summary>
    public long? TotalWeight => _content.Weights.TotalWeight > 0 ? _content.Weights.TotalWeight : null;

    /// <summary>
    /// The weight that counts fully where clients multiplied their values by their weights, or null where the server
    /// multiplied or weights are hidden.
    /// </summary>
    public long? ReferenceWeight => Weights.Rule == WeightRule.ClientMultiplies ? Weights.ReferenceWeight : null;

    /// <summary>The number of encrypted segments; 0 when the mask encrypts nothing.</summary>
    public int SegmentCount => Segments.Count;

    /// <summary>The length in bytes of the encoded aggregate.</summary>
    public long EncodedLength => FixedLength + _content.EncodedLength;

    internal WeightTotals Weights => _content.Weights;

    internal ClearIntegers ClearSums => _content.ClearSums;

    internal SegmentSet Segments => _content.Segments;

    /// <summary>Tells whether the aggregate states exactly the totals of updates with given weights.</summary>
    /// <param name="weights">The weight of each update, or 0 for each when weights are hidden.</param>
    public bool HasWeights(IReadOnlyCollection<long> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        long total = 0;
        long factor = 0;
        foreach (long weight in weights)
        {
            total = checked(total + weight);
            factor = checked(factor + (Weights.Rule == WeightRule.ClientMultiplies ? WeightFactor.UnitsOf(weight, Weights.ReferenceWeight) : 0));
        }

        return weights.Count == Contributions && total == Weights.TotalWeight && factor == Weights.TotalFactor;
    }

    /// <summary>Copies sums of values in clear, as integers in units of 2^-30 of their tensors' bounds.</summary>
    /// <param name="first">The index of the first sum among the values in clear.</param>
    /// <param name="destination">Receives the sums and sets their number.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range exceeds the values in clear.</exception>
    public void CopyClearTo(long first, Span<long> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, ClearSums.Count - destination.Length);
        ClearSums.CopyTo(first, destination);
    }

    /// <summary>Passes the encrypted sums of one segment to an action, for decryption by another program.</summary>
    /// <remarks>
    /// Decrypted sums divided by the total weight and multiplied by their tensors' bounds are the averages.
    /// </remarks>
    /// <param name="segment">The index of the segment, from 0 to <see cref="SegmentCount"/> - 1.</param>
    /// <param name="action">Uses the vector; the action must neither keep nor dispose it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such segment.</exception>
    /// <exception cref="HeFormatException">The bytes that the aggregate was read from have changed.</exception>
    /// <exception cref="ObjectDisposedException">The aggregate was disposed.</exception>
    public void UseSegment(int segment, Action<EncryptedVector> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfNegative(segment);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(segment, SegmentCount);
        using SegmentLease lease = Segments.Open(segment);
        action(lease.Vector);
    }

    /// <summary>Writes the encoded aggregate, which <see cref="AggregateReader"/> parses.</summary>
    /// <exception cref="ObjectDisposedException">The aggregate was disposed.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        WriteBeginning(destination);
        ClearSums.WriteTo(sizeof(long), destination);
        for (int i = 0; i < Segments.Count; i++)
        {
            Segments.Write(i, destination);
        }
    }

    /// <summary>
    /// Opens the encoded aggregate as a stream that can seek, and that encodes what is read of it: one segment at a time is in memory. Each stream may be read by one
    /// thread at a time, and several of them at once.
    /// </summary>
    /// <remarks>A read throws what <see cref="UseSegment"/> does, where the bytes behind the aggregate cannot be read or have changed.</remarks>
    /// <returns>The stream, which can be read as long as the aggregate is not disposed.</returns>
    public Stream OpenRead()
    {
        var head = new ArrayBufferWriter<byte>();
        WriteBeginning(head);
        return new AggregateStream(head.WrittenMemory, ClearSums, Segments);
    }

    /// <summary>Returns the encoded aggregate as a new array, which <see cref="AggregateReader"/> parses.</summary>
    /// <exception cref="TooLongForMemoryException">
    /// The aggregate is longer than an array; write it to a stream instead.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The aggregate was disposed.</exception>
    public byte[] ToArray()
    {
        var buffer = new ExactBuffer(EncodedLength <= Array.MaxLength ? (int)EncodedLength : throw Throw.EncodingTooLong(EncodedLength));
        WriteTo(buffer);
        return buffer.Complete();
    }

    /// <inheritdoc cref="WriteTo(IBufferWriter{byte})"/>
    /// <param name="destination">The stream; one encoded segment at a time is held in memory.</param>
    public void WriteTo(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        using var buffer = new StreamBuffer(destination);
        WriteTo(buffer);
        buffer.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Segments.Dispose();
        ClearSums.Dispose();
    }

    private void WriteBeginning(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.Aggregate, _parametersId, EncodedLength - WireHeader.SizeInBytes);
        writer.WriteDigest(TermsDigest);
        _content.WriteFields(destination);
    }

    internal static long EncodedLengthOf(WeightRule rule, long clearCount, long segmentsLength)
        => FixedLength + AggregateContent.EncodedLengthOf(rule, clearCount, segmentsLength);
}
