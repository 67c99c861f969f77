using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Serialization;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>Parses aggregates from untrusted bytes. Thread-safe.</summary>
public sealed class AggregateReader
{
    private const int HeadLength = WireHeader.SizeInBytes + Digest.SizeInBytes;

    private readonly IVectorReader _vectorReader;
    private readonly FreshBounds _freshBounds;
    private readonly AggregationTerms _terms;

    /// <summary>Creates a reader for aggregates under given terms.</summary>
    /// <param name="vectorReader">Reads the encrypted part.</param>
    /// <param name="freshBounds">Bounds of fresh vectors under the same parameters.</param>
    /// <param name="terms">The terms that every aggregate must have been made under.</param>
    public AggregateReader(IVectorReader vectorReader, FreshBounds freshBounds, AggregationTerms terms)
    {
        ArgumentNullException.ThrowIfNull(vectorReader);
        ArgumentNullException.ThrowIfNull(freshBounds);
        ArgumentNullException.ThrowIfNull(terms);
        _vectorReader = vectorReader;
        _freshBounds = freshBounds;
        _terms = terms;
    }

    /// <summary>
    /// Parses exactly one aggregate. It is refused unless its terms and weights are right and each of its encrypted segments
    /// claims the error that a sum of so many fresh vectors has. Everything is checked, every coefficient included, and
    /// nothing kept but one segment at a time.
    /// </summary>
    /// <param name="source">The bytes, which the aggregate refers to: they must not change while it is used.</param>
    /// <param name="aggregate">The aggregate; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public bool TryRead(ReadOnlyMemory<byte> source, [NotNullWhen(true)] out EncryptedAggregate? aggregate, out FormatError reason)
        => TryRead(ByteSource.Of(source), out aggregate, out reason);

    /// <inheritdoc cref="TryRead(ReadOnlyMemory{byte}, out EncryptedAggregate?, out FormatError)"/>
    /// <param name="source">
    /// A readable and seekable stream of the caller's, from its position to its end: it must stay open, and its content as
    /// it is, while the aggregate is used.
    /// </param>
    /// <param name="aggregate">The aggregate; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public bool TryRead(Stream source, [NotNullWhen(true)] out EncryptedAggregate? aggregate, out FormatError reason)
        => TryRead(ByteSource.Of(source), out aggregate, out reason);

    /// <summary>Parses exactly one aggregate or throws.</summary>
    /// <param name="source">The bytes, which the aggregate refers to: they must not change while it is used.</param>
    /// <exception cref="HeFormatException">The bytes are not a valid aggregate under the terms.</exception>
    public EncryptedAggregate Read(ReadOnlyMemory<byte> source) => Read(ByteSource.Of(source));

    /// <inheritdoc cref="Read(ReadOnlyMemory{byte})"/>
    /// <param name="source">A readable and seekable stream, as in <see cref="TryRead(Stream, out EncryptedAggregate?, out FormatError)"/>.</param>
    /// <exception cref="ArgumentException">The stream cannot seek or read.</exception>
    /// <exception cref="IOException">Reading the stream failed.</exception>
    public EncryptedAggregate Read(Stream source) => Read(ByteSource.Of(source));

    private EncryptedAggregate Read(ByteSource source)
        => TryRead(source, out EncryptedAggregate? aggregate, out FormatError reason)
            ? aggregate
            : throw new HeFormatException(reason, "aggregate");

    private bool TryRead(ByteSource source, [NotNullWhen(true)] out EncryptedAggregate? aggregate, out FormatError reason)
    {
        aggregate = null;
        ParametersId parametersId = _terms.ParametersIdOf(_vectorReader.Parameters);
        using ByteLease head = source.Read(0, (int)Math.Min(source.Length, HeadLength));
        var reader = new WireReader(head.Span);
        reader.ReadHeader(WireKind.Aggregate, parametersId, maxBytes: long.MaxValue, source.Length);
        reader.Require(reader.ReadDigest() == _terms.Digest, FormatError.WrongTerms);
        reason = reader.Error;
        if (reader.Failed || AggregateContent.TryRead(source, HeadLength, _terms, ReaderOf, out reason) is not AggregateContent content)
        {
            return false;
        }

        aggregate = new EncryptedAggregate(_terms.Digest, parametersId, content);
        return true;
    }

    private SegmentReader ReaderOf(int contributions, long factor) => new(
        _vectorReader,
        SegmentPlan.Of(_terms.VectorLength, _vectorReader.Parameters),
        _freshBounds.MaxSegmentBytes,

        // Sums of different forms, as seeds that coincide can make them, leave out different bits.
        oneBound: false,
        vector => !vector.Bound.MaxAbs.Equals((double)factor) ? FormatError.Inconsistent
            : _freshBounds.AllowSum(vector.Bound, factor, contributions, _terms) ? FormatError.None
            : FormatError.FieldOutOfRange);
}
