using System.Buffers;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// The weighted sum of all updates of a round, not yet divided, in segments of 64 ciphertexts. Immutable; dispose it to
/// release its memory.
/// </summary>
/// <remarks>
/// An aggregate that was read keeps nothing decoded: it refers to the bytes it was read from, which must stay and must not
/// change while it is used. Source: FedML-HE, Algorithm 1, the server's result; the division by the total weight follows
/// decryption.
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

    /// <summary>The terms under which it was made.</summary>
    public Digest TermsDigest { get; }

    /// <summary>The job of all updates in it.</summary>
    public Guid JobId => _content.JobId;

    /// <summary>The round of all updates in it.</summary>
    public int Round => _content.Round;

    /// <summary>Number of updates in it.</summary>
    public int Contributions => _content.Contributions;

    /// <summary>Sum of the weights, or null when they are hidden.</summary>
    public long? TotalWeight => _content.TotalWeight > 0 ? _content.TotalWeight : null;

    /// <summary>Number of encrypted segments; 0 when the mask encrypts nothing.</summary>
    public int SegmentCount => Segments.Count;

    /// <summary>Length of the bytes that <see cref="WriteTo(IBufferWriter{byte})"/> writes.</summary>
    public long EncodedLength => FixedLength + _content.EncodedLength;

    internal ClearIntegers ClearSums => _content.ClearSums;

    internal SegmentSet Segments => _content.Segments;

    /// <summary>
    /// Hands out the encrypted sums of one segment, for another program to decrypt: divided by the total weight, and
    /// multiplied by their tensors' bounds, they are averages.
    /// </summary>
    /// <param name="segment">0 to before <see cref="SegmentCount"/>.</param>
    /// <param name="action">Uses the vector, which is not its own to keep or to dispose.</param>
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

    /// <summary>Writes the aggregate; <see cref="AggregateReader"/> reads it back.</summary>
    /// <exception cref="ObjectDisposedException">The aggregate was disposed.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.Aggregate, _parametersId, EncodedLength - WireHeader.SizeInBytes);
        writer.WriteDigest(TermsDigest);
        _content.WriteHead(destination);
        for (int i = 0; i < Segments.Count; i++)
        {
            Segments.Write(i, destination);
        }
    }

    /// <summary>Writes the aggregate into a new array; <see cref="AggregateReader"/> reads it back.</summary>
    /// <exception cref="OverflowException">The aggregate has more than 2^31 bytes; write it to a stream.</exception>
    /// <exception cref="ObjectDisposedException">The aggregate was disposed.</exception>
    public byte[] ToArray()
    {
        var buffer = new ArrayBufferWriter<byte>(checked((int)EncodedLength));
        WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="WriteTo(IBufferWriter{byte})"/>
    /// <param name="destination">The stream; bytes of a segment at a time are held in memory.</param>
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

    internal static long EncodedLengthOf(int clearCount, long segmentsLength)
        => FixedLength + AggregateContent.EncodedLengthOf(clearCount, segmentsLength);
}
