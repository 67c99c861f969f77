using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.MLBridge.Buffers;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// An update reader parses encrypted updates from untrusted bytes. It refuses an update unless its terms, receipt and
/// weight are right and its segments are fresh vectors of the expected lengths under one key.
/// </summary>
/// <example>
/// <code>
/// // The server has he.Public, the terms of the job, and the bytes of an upload: byte[] upload.
/// var reader = new UpdateReader(he.Public, terms);
/// using EncryptedModelUpdate update = reader.Read(upload);
/// ClientId client = update.Slot.Client;
/// </code>
/// </example>
public sealed class UpdateReader : WireObjectReader<EncryptedModelUpdate>
{
    private readonly HePublicContext _context;
    private readonly AggregationTerms _terms;
    private readonly SegmentReader _segmentReader;

    /// <summary>Creates a reader for updates under given terms.</summary>
    /// <param name="context">The public context of the job's parameters.</param>
    /// <param name="terms">The terms that every update must have been made under.</param>
    /// <exception cref="HeCapacityException">Values of magnitude 1 do not fit the parameters.</exception>
    public UpdateReader(HePublicContext context, AggregationTerms terms)
        : base("model update")
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(terms);
        _context = context;
        _terms = terms;
        var freshBounds = FreshBounds.Of(context);
        _segmentReader = new SegmentReader(
            context.Reader,
            SegmentPlan.Of(terms.VectorLength, context.Parameters),
            freshBounds.MaxSegmentBytes,
            oneBound: true,
            vector => freshBounds.AllowFresh(vector, terms) ? FormatError.None : FormatError.FieldOutOfRange);
    }

    private protected override bool TryRead(ByteSource source, [NotNullWhen(true)] out EncryptedModelUpdate? value, out FormatError reason)
    {
        value = null;
        using ByteLease beginning = source.Read(0, (int)Math.Min(source.Length, UpdateHead.MaxLength));
        if (UpdateHead.TryRead(beginning.Span, source.Length, _terms, _context.Parameters, out int length, out reason) is not UpdateHead head)
        {
            return false;
        }

        ClearIntegers? clear = ClearIntegers.TryRead(
            source, length, _terms.Mask.ClearCount, sizeof(int), ClearPart.One, out reason);
        if (clear is null)
        {
            return false;
        }

        long start = length + (sizeof(int) * clear.Count);
        if (EncodedSegments.TryRead(source, start, _segmentReader, out reason) is not EncodedSegments segments)
        {
            return false;
        }

        if (head.Receipt != EncryptionReceipt.For(_terms, _context.Parameters, segments.KeyId, segments.EncodedLength))
        {
            reason = FormatError.Inconsistent;
            return false;
        }

        value = new EncryptedModelUpdate(head, clear, segments);
        return true;
    }
}
