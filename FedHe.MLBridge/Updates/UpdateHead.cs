using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;

namespace FedHe.MLBridge.Updates;

/// <summary>The head of an update: all fields before the values.</summary>
/// <param name="TermsDigest">The digest of the terms under which the update was made.</param>
/// <param name="Slot">The slot that the update is for.</param>
/// <param name="Receipt">The evidence of what the update encrypts.</param>
/// <param name="Weight">The client's weight, or null when it is hidden.</param>
internal sealed record UpdateHead(Digest TermsDigest, UploadSlot Slot, EncryptionReceipt Receipt, long? Weight)
{
    /// <summary>The largest number of bytes to read for a head; every head is shorter.</summary>
    public const int MaxLength = 1024;

    /// <summary>The length of the whole update, in bytes.</summary>
    public long EncodedLength => EncodedLengthOf(
        Receipt.SchemeName, Slot.Client.Value.Length, Receipt.ClearCount, Receipt.EncryptedLength);

    public static long EncodedLengthOf(string schemeName, int clientLength, long clearCount, long encryptedLength)
        => WireHeader.SizeInBytes
            + Digest.SizeInBytes
            + SlotFields.SlotLength(clientLength)
            + EncryptionReceipt.EncodedLengthOf(schemeName)
            + sizeof(long)
            + (sizeof(int) * clearCount)
            + encryptedLength;

    public void Write(WireWriter writer)
    {
        writer.WriteHeader(WireKind.ModelUpdate, Receipt.ParametersId, EncodedLength - WireHeader.SizeInBytes);
        writer.WriteDigest(TermsDigest);
        writer.WriteSlot(Slot);
        Receipt.Write(writer);
        writer.WriteInt64(Weight ?? 0);
    }

    /// <summary>Parses a head and checks all of it; the caller checks the receipt against the segments.</summary>
    /// <param name="beginning">
    /// The first <see cref="MaxLength"/> bytes of the update, or all of them when there are fewer.
    /// </param>
    /// <param name="available">The number of bytes that the whole update should have.</param>
    /// <param name="terms">The terms under which the update must have been made.</param>
    /// <param name="parameters">The parameters of the reader.</param>
    /// <param name="length">The length of the head, in bytes.</param>
    /// <param name="reason">The reason why the head was refused.</param>
    public static UpdateHead? TryRead(
        ReadOnlySpan<byte> beginning,
        long available,
        AggregationTerms terms,
        HeParameters parameters,
        out int length,
        out FormatError reason)
    {
        var reader = new WireReader(beginning);
        reader.ReadHeader(WireKind.ModelUpdate, terms.ParametersIdOf(parameters), maxBytes: long.MaxValue, available);
        Digest digest = reader.ReadDigest();
        reader.Require(digest == terms.Digest, FormatError.WrongTerms);
        UploadSlot? slot = reader.ReadSlot();
        EncryptionReceipt claim = EncryptionReceipt.ReadClaim(ref reader);
        bool hidden = terms.Weighting == Weighting.Hidden;
        long weight = reader.ReadInt64(hidden ? 0 : 1, hidden ? 0 : terms.MaxWeight);
        reason = reader.Error;
        length = beginning.Length - reader.Remaining;
        return reader.Failed ? null : new UpdateHead(digest, slot!, claim, hidden ? null : weight);
    }
}
