using System.Globalization;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// An encryption receipt is evidence of what an update encrypts, for a host to show. The client sends it, and every
/// reader of the update computes it again from the bytes and refuses an update with a different receipt.
/// </summary>
/// <param name="SchemeName">The name of the scheme, or <c>none</c> when nothing is encrypted.</param>
/// <param name="SecurityLevel">
/// The security level of the parameters; <see cref="SecurityLevel.None"/> when nothing is encrypted.
/// </param>
/// <param name="ParametersId">The identity of the parameters; zero when nothing is encrypted.</param>
/// <param name="KeyId">The identity of the key; zero when nothing is encrypted.</param>
/// <param name="LayoutDigest">The digest of the model layout.</param>
/// <param name="MaskDigest">The digest of the encryption mask.</param>
/// <param name="Weighting">The choice of who learns the weight.</param>
/// <param name="EncryptedCount">The number of model values that are encrypted.</param>
/// <param name="ClearCount">The number of model values that travel in clear.</param>
/// <param name="CiphertextCount">The number of ciphertexts in the update.</param>
/// <param name="EncryptedLength">The length in bytes of the encrypted segments on the wire.</param>
public sealed record EncryptionReceipt(
    string SchemeName,
    SecurityLevel SecurityLevel,
    Digest ParametersId,
    KeyId KeyId,
    Digest LayoutDigest,
    Digest MaskDigest,
    Weighting Weighting,
    long EncryptedCount,
    long ClearCount,
    long CiphertextCount,
    long EncryptedLength)
{
    private const string NoScheme = "none";
    private const int MaxSchemeNameBytes = 64;

    /// <summary>Returns a sentence for the host to show.</summary>
    public override string ToString()
    {
        long total = EncryptedCount + ClearCount;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{EncryptedCount} of {total} values encrypted ({(double)EncryptedCount / total:P1}) in {CiphertextCount} ciphertexts " +
            $"({EncryptedLength} bytes) with {SchemeName}, security {(int)SecurityLevel} bits, " +
            $"weight {(Weighting == Weighting.Hidden ? "encrypted" : "in clear")}");
    }

    /// <summary>Computes the receipt of an update whose segments have the given parameters, key and length.</summary>
    internal static EncryptionReceipt For(AggregationTerms terms, HeParameters parameters, KeyId keyId, long encryptedLength)
    {
        bool encrypts = terms.VectorLength > 0;
        return new EncryptionReceipt(
            SchemeNameOf(terms, parameters),
            encrypts ? parameters.SecurityLevel : SecurityLevel.None,
            encrypts ? parameters.Id : Digest.None,
            encrypts ? keyId : default,
            terms.Layout.Digest,
            terms.Mask.Digest,
            terms.Weighting,
            terms.Mask.EncryptedCount,
            terms.Mask.ClearCount,
            SegmentPlan.Of(terms.VectorLength, parameters).CiphertextCount,
            encryptedLength);
    }

    /// <summary>Returns the scheme that a receipt states: none where nothing is encrypted.</summary>
    internal static string SchemeNameOf(AggregationTerms terms, HeParameters parameters)
        => terms.VectorLength > 0 ? parameters.SchemeName : NoScheme;

    internal static int EncodedLengthOf(string schemeName)
        => sizeof(ushort)
            + Encoding.UTF8.GetByteCount(schemeName)
            + sizeof(ushort)
            + Digest.SizeInBytes
            + KeyId.SizeInBytes
            + (2 * Digest.SizeInBytes)
            + 1
            + (4 * sizeof(long));

    internal void Write(WireWriter writer)
    {
        writer.WriteString(SchemeName);
        writer.WriteUInt16((ushort)SecurityLevel);
        writer.WriteDigest(ParametersId);
        writer.WriteKeyId(KeyId);
        writer.WriteDigest(LayoutDigest);
        writer.WriteDigest(MaskDigest);
        writer.WriteByte((byte)Weighting);
        writer.WriteInt64(EncryptedCount);
        writer.WriteInt64(ClearCount);
        writer.WriteInt64(CiphertextCount);
        writer.WriteInt64(EncryptedLength);
    }

    /// <summary>Reads the receipt that the sender states; the caller compares it with <see cref="For"/>.</summary>
    internal static EncryptionReceipt ReadClaim(ref WireReader reader) => new(
        reader.ReadString(MaxSchemeNameBytes),
        (SecurityLevel)reader.ReadUInt16(),
        reader.ReadDigest(),
        reader.ReadKeyId(),
        reader.ReadDigest(),
        reader.ReadDigest(),
        (Weighting)reader.ReadByte(),
        reader.ReadInt64(0, long.MaxValue),
        reader.ReadInt64(0, long.MaxValue),
        reader.ReadInt64(0, long.MaxValue),
        reader.ReadInt64(0, long.MaxValue));
}
