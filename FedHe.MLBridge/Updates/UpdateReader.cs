using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>Parses updates from untrusted bytes. Needs no key. Thread-safe.</summary>
public sealed class UpdateReader
{
    private readonly IVectorReader _vectorReader;
    private readonly AggregationTerms _terms;
    private readonly SegmentReader _segmentReader;

    /// <summary>Creates a reader for updates under given terms.</summary>
    /// <param name="vectorReader">Reads the encrypted part.</param>
    /// <param name="freshBounds">Bounds of fresh vectors under the same parameters.</param>
    /// <param name="terms">The terms that every update must have been made under.</param>
    public UpdateReader(IVectorReader vectorReader, FreshBounds freshBounds, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(vectorReader);
        ArgumentNullException.ThrowIfNull(freshBounds);
        ArgumentNullException.ThrowIfNull(terms);
        _vectorReader = vectorReader;
        _terms = terms;
        _segmentReader = new SegmentReader(
            vectorReader,
            SegmentPlan.Of(terms.VectorLength, vectorReader.Parameters),
            freshBounds.MaxSegmentBytes,
            oneBound: true,
            vector => freshBounds.AllowFresh(vector, terms) ? FormatError.None : FormatError.FieldOutOfRange);
    }

    /// <summary>
    /// Parses exactly one update. It is refused unless its terms, receipt and weight are right and its encrypted segments
    /// are fresh vectors of the expected lengths, under one key. Everything is checked, every coefficient included, and
    /// nothing kept but one segment at a time.
    /// </summary>
    /// <param name="source">The bytes, which the update refers to: they must not change while it is used.</param>
    /// <param name="update">The update; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public bool TryRead(ReadOnlyMemory<byte> source, [NotNullWhen(true)] out EncryptedModelUpdate? update, out FormatError reason)
        => TryRead(ByteSource.Of(source), out update, out reason);

    /// <inheritdoc cref="TryRead(ReadOnlyMemory{byte}, out EncryptedModelUpdate?, out FormatError)"/>
    /// <param name="source">
    /// A readable and seekable stream of the caller's, from its position to its end: it must stay open, and its content as
    /// it is, while the update is used.
    /// </param>
    /// <param name="update">The update; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public bool TryRead(Stream source, [NotNullWhen(true)] out EncryptedModelUpdate? update, out FormatError reason)
        => TryRead(ByteSource.Of(source), out update, out reason);

    /// <summary>Parses exactly one update or throws.</summary>
    /// <param name="source">The bytes, which the update refers to: they must not change while it is used.</param>
    /// <exception cref="HeFormatException">The bytes are not a valid update under the terms.</exception>
    public EncryptedModelUpdate Read(ReadOnlyMemory<byte> source) => Read(ByteSource.Of(source));

    /// <inheritdoc cref="Read(ReadOnlyMemory{byte})"/>
    /// <param name="source">A readable and seekable stream, as in <see cref="TryRead(Stream, out EncryptedModelUpdate?, out FormatError)"/>.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public EncryptedModelUpdate Read(Stream source) => Read(ByteSource.Of(source));

    private EncryptedModelUpdate Read(ByteSource source)
        => TryRead(source, out EncryptedModelUpdate? update, out FormatError reason)
            ? update
            : throw new HeFormatException(reason, "model update");

    private bool TryRead(ByteSource source, [NotNullWhen(true)] out EncryptedModelUpdate? update, out FormatError reason)
    {
        update = null;
        using ByteLease beginning = source.Read(0, (int)Math.Min(source.Length, UpdateHead.MaxLength));
        if (UpdateHead.TryRead(beginning.Span, source.Length, _terms, _vectorReader.Parameters, out int length, out reason) is not UpdateHead head)
        {
            return false;
        }

        ClearIntegers? clear = ClearIntegers.TryRead(
            source, length, _terms.Mask.ClearCount, sizeof(int), ClearPart.One, out reason);
        if (clear is null)
        {
            return false;
        }

        long start = length + (sizeof(int) * (long)clear.Count);
        if (EncodedSegments.TryRead(source, start, _segmentReader, out reason) is not EncodedSegments segments)
        {
            return false;
        }

        if (head.Receipt != EncryptionReceipt.For(_terms, _vectorReader.Parameters, segments.KeyId, segments.EncodedLength))
        {
            reason = FormatError.Inconsistent;
            return false;
        }

        update = new EncryptedModelUpdate(head, clear, segments);
        return true;
    }
}
