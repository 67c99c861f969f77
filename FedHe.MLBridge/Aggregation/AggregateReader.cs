using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Aggregation;

/// <summary>
/// An aggregate reader parses encrypted aggregates from untrusted bytes. It refuses an aggregate unless its terms and
/// weights are right and every encrypted segment states the error of a sum of that many fresh vectors.
/// </summary>
/// <example>
/// <code>
/// // A client has he.Public, the terms of the job, and the bytes of an aggregate: byte[] download.
/// var reader = new AggregateReader(he.Public, terms);
/// using EncryptedAggregate aggregate = reader.Read(download);
/// </code>
/// </example>
public sealed class AggregateReader : WireObjectReader<EncryptedAggregate>
{
    private const int HeadLength = WireHeader.SizeInBytes + Digest.SizeInBytes;

    private readonly HePublicContext _context;
    private readonly FreshBounds _freshBounds;
    private readonly AggregationTerms _terms;
    private readonly WeightRule _rule;

    /// <summary>Creates a reader for aggregates under given terms.</summary>
    /// <param name="context">The parameters of the job.</param>
    /// <param name="terms">The terms that every aggregate must have been made under.</param>
    /// <exception cref="HeCapacityException">Values of magnitude 1 do not fit the parameters.</exception>
    public AggregateReader(HePublicContext context, AggregationTerms terms)
        : base("aggregate")
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        _context = context;
        _freshBounds = FreshBounds.Of(context);
        _terms = terms;
        _rule = WeightRules.Of(terms, context);
    }

    private protected override bool TryRead(ByteSource source, [NotNullWhen(true)] out EncryptedAggregate? value, out FormatError reason)
    {
        value = null;
        Digest parametersId = _terms.ParametersIdOf(_context.Parameters);
        using ByteLease head = source.Read(0, (int)Math.Min(source.Length, HeadLength));
        var reader = new WireReader(head.Span);
        reader.ReadHeader(WireKind.Aggregate, parametersId, maxBytes: long.MaxValue, source.Length);
        reader.Require(reader.ReadDigest() == _terms.Digest, FormatError.WrongTerms);
        reason = reader.Error;
        if (reader.Failed || AggregateContent.TryRead(source, HeadLength, _terms, _rule, ReaderOf, out reason) is not AggregateContent content)
        {
            return false;
        }

        value = new EncryptedAggregate(_terms.Digest, parametersId, content);
        return true;
    }

    private SegmentReader ReaderOf(int contributions, long factor) => new(
        _context.Reader,
        SegmentPlan.Of(_terms.VectorLength, _context.Parameters),
        _freshBounds.MaxSegmentBytes,

        // Coinciding seeds can give two segments of one sum different forms, and different forms leave out different
        // bits.
        oneBound: false,
        vector => !vector.Bound.MaxAbs.Equals((double)factor) ? FormatError.Inconsistent
            : _freshBounds.AllowSum(vector.Bound, factor, contributions, _terms) ? FormatError.None
            : FormatError.FieldOutOfRange);
}
