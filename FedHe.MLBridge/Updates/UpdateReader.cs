using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto;
using FedHe.Crypto.Serialization;

namespace FedHe.MLBridge;

/// <summary>Parses updates from untrusted bytes. Needs no key. Thread-safe.</summary>
public sealed class UpdateReader
{
    private readonly IVectorReader _vectorReader;
    private readonly FreshBounds _freshBounds;
    private readonly AggregationTerms _terms;

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
        _freshBounds = freshBounds;
        _terms = terms;
    }

    /// <summary>
    /// Parses exactly one update. It is refused unless its terms, receipt and weight are right and its encrypted vector
    /// is a fresh one of the expected length.
    /// </summary>
    /// <param name="source">The bytes.</param>
    /// <param name="update">The update; the caller disposes it.</param>
    /// <param name="reason">Why the bytes were refused.</param>
    public bool TryRead(ReadOnlySpan<byte> source, [NotNullWhen(true)] out EncryptedModelUpdate? update, out FormatError reason)
    {
        update = null;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.ModelUpdate, _terms.ParametersIdOf(_vectorReader.Parameters), WireLimits.Default.MaxBytes);
        reader.Require(reader.ReadDigest() == _terms.Digest, FormatError.WrongTerms);
        UpdateBinding? binding = UpdateBinding.Read(ref reader);
        EncryptionReceipt claim = EncryptionReceipt.ReadClaim(ref reader);
        bool hidden = _terms.Weighting == Weighting.Hidden;
        long weight = reader.ReadInt64(hidden ? 0 : 1, hidden ? 0 : _terms.MaxWeight);
        int[] clearValues = reader.ReadInt32s(_terms.Mask.ClearCount, ClearPart.One);
        EncryptedVector? vector = VectorPart.Read(ref reader, _vectorReader, _terms);
        if (!reader.Failed)
        {
            update = new EncryptedModelUpdate(_terms, binding!, hidden ? null : weight, vector, clearValues);
            reader.Require(update.Receipt == claim, FormatError.Inconsistent);
            reader.Require(vector is null || _freshBounds.AllowFresh(vector.Bound, _terms), FormatError.FieldOutOfRange);
        }

        reason = reader.Error;
        if (reader.Failed)
        {
            update?.Dispose();
            update = null;
        }

        return update is not null;
    }

    /// <summary>Parses exactly one update or throws.</summary>
    /// <exception cref="HeFormatException">The bytes are not a valid update under the terms.</exception>
    public EncryptedModelUpdate Read(ReadOnlySpan<byte> source)
        => TryRead(source, out EncryptedModelUpdate? update, out FormatError reason)
            ? update
            : throw new HeFormatException(reason, "model update");
}
