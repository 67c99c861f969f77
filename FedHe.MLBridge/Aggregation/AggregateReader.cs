using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>Parses aggregates from untrusted bytes. Thread-safe.</summary>
public sealed class AggregateReader
{
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
    /// Parses exactly one aggregate. It is refused unless its terms and weights are right and its encrypted sum claims the
    /// error that a sum of so many fresh vectors has.
    /// </summary>
    /// <param name="source">The bytes.</param>
    /// <param name="aggregate">The aggregate; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EncryptedAggregate? aggregate, out FormatError reason)
    {
        aggregate = null;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.Aggregate, _terms.ParametersIdOf(_vectorReader.Parameters), WireLimits.Default.MaxBytes);
        reader.Require(reader.ReadDigest() == _terms.Digest, FormatError.WrongTerms);
        if (AggregateContent.Read(ref reader, _vectorReader, _terms) is AggregateContent content)
        {
            if (content.Vector is null || _freshBounds.AllowSum(content.Vector.Bound, content.Factor, content.Contributions, _terms))
            {
                aggregate = new EncryptedAggregate(_terms.Digest, content);
            }
            else
            {
                content.Vector.Dispose();
                reader.Fail(FormatError.FieldOutOfRange);
            }
        }

        reason = reader.Error;
        return aggregate is not null;
    }

    /// <summary>Parses exactly one aggregate or throws.</summary>
    /// <exception cref="HeFormatException">The bytes are not a valid aggregate under the terms.</exception>
    public EncryptedAggregate Read(ReadOnlySpan<byte> source)
        => TryRead(source, out EncryptedAggregate? aggregate, out FormatError reason)
            ? aggregate
            : throw new HeFormatException(reason, "aggregate");
}
