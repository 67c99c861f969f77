using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;

namespace FedHe.MLBridge.Updates;

/// <summary>What comes before the values of an update.</summary>
/// <param name="TermsDigest">The terms under which it was made.</param>
/// <param name="Slot">The slot that the update is for.</param>
/// <param name="Receipt">What is encrypted in it.</param>
/// <param name="Weight">The client's weight, or null when hidden.</param>
internal sealed record UpdateHead(Digest TermsDigest, UploadSlot Slot, EncryptionReceipt Receipt, long? Weight)
{
    /// <summary>More bytes than any head has.</summary>
    public const int MaxLength = 1024;

    /// <summary>Length of the whole update.</summary>
    public long EncodedLength => EncodedLengthOf(
        Receipt.SchemeName, Slot.Client.Value.Length, Receipt.ClearCount, Receipt.EncryptedLength);

    public static long EncodedLengthOf(string schemeName, int clientLength, int clearCount, long encryptedLength)
        => WireHeader.SizeInBytes
            + Digest.SizeInBytes
            + SlotFields.SlotLength(clientLength)
            + EncryptionReceipt.EncodedLengthOf(schemeName)
            + sizeof(long)
            + (sizeof(int) * (long)clearCount)
            + encryptedLength;

    public void Write(WireWriter writer)
    {
        writer.WriteHeader(WireKind.ModelUpdate, Receipt.ParametersId, EncodedLength - WireHeader.SizeInBytes);
        writer.WriteDigest(TermsDigest);
        writer.WriteSlot(Slot);
        Receipt.Write(writer);
        writer.WriteInt64(Weight ?? 0);
    }

    /// <summary>Reads a head and checks everything but the receipt against what follows.</summary>
    /// <param name="beginning">The first bytes of the update, <see cref="MaxLength"/> of them if there are so many.</param>
    /// <param name="available">Length of what should be the whole update, in bytes.</param>
    /// <param name="terms">The terms it must have been made under.</param>
    /// <param name="parameters">The parameters of the reader.</param>
    /// <param name="length">Length of the head, in bytes.</param>
    /// <param name="reason">Why it was refused.</param>
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
