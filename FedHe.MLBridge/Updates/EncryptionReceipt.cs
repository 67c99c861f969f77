using System.Globalization;
using System.Text;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Segments;

namespace FedHe.MLBridge.Updates;

/// <summary>
/// Evidence of what was encrypted. The client computes it and sends it along; whoever reads the update computes it again
/// from the bytes that arrived and refuses a difference, so a host can show it.
/// </summary>
/// <param name="SchemeName">The scheme, or <c>none</c> when nothing is encrypted.</param>
/// <param name="SecurityLevel">Security of the parameters; <see cref="SecurityLevel.None"/> when there is none.</param>
/// <param name="ParametersId">The parameters; zero when nothing is encrypted.</param>
/// <param name="KeyId">The key; zero when nothing is encrypted.</param>
/// <param name="LayoutDigest">The model layout.</param>
/// <param name="MaskDigest">The encryption mask.</param>
/// <param name="Weighting">Who learns the weight.</param>
/// <param name="EncryptedCount">Number of model values that are encrypted.</param>
/// <param name="ClearCount">Number of model values that travel in clear.</param>
/// <param name="CiphertextCount">Number of ciphertexts.</param>
/// <param name="EncryptedLength">Bytes of the encrypted segments on the wire.</param>
public sealed record EncryptionReceipt(
    string SchemeName,
    SecurityLevel SecurityLevel,
    Digest ParametersId,
    KeyId KeyId,
    Digest LayoutDigest,
    Digest MaskDigest,
    Weighting Weighting,
    int EncryptedCount,
    int ClearCount,
    int CiphertextCount,
    long EncryptedLength)
{
    internal const string NoScheme = "none";
    private const int MaxSchemeNameBytes = 64;

    /// <summary>A sentence for the host to show.</summary>
    public override string ToString()
    {
        int total = EncryptedCount + ClearCount;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{EncryptedCount} of {total} values encrypted ({(double)EncryptedCount / total:P1}) in {CiphertextCount} ciphertexts " +
            $"({EncryptedLength} bytes) with {SchemeName}, security {(int)SecurityLevel} bits, " +
            $"weight {(Weighting == Weighting.Hidden ? "encrypted" : "in clear")}");
    }

    /// <summary>The receipt of an update whose segments have the given parameters, key and length.</summary>
    internal static EncryptionReceipt For(AggregationTerms terms, HeParameters parameters, KeyId keyId, long encryptedLength)
    {
        bool encrypts = terms.VectorLength > 0;
        return new EncryptionReceipt(
            encrypts ? parameters.SchemeName : NoScheme,
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

    internal static int EncodedLengthOf(string schemeName)
        => sizeof(ushort)
            + Encoding.UTF8.GetByteCount(schemeName)
            + sizeof(ushort)
            + Digest.SizeInBytes
            + KeyId.SizeInBytes
            + (2 * Digest.SizeInBytes)
            + 1
            + (3 * sizeof(int))
            + sizeof(long);

    internal void Write(WireWriter writer)
    {
        writer.WriteString(SchemeName);
        writer.WriteUInt16((ushort)SecurityLevel);
        writer.WriteDigest(ParametersId);
        writer.WriteKeyId(KeyId);
        writer.WriteDigest(LayoutDigest);
        writer.WriteDigest(MaskDigest);
        writer.WriteByte((byte)Weighting);
        writer.WriteInt32(EncryptedCount);
        writer.WriteInt32(ClearCount);
        writer.WriteInt32(CiphertextCount);
        writer.WriteInt64(EncryptedLength);
    }

    /// <summary>Reads what the sender claims; the caller compares it with <see cref="For"/>.</summary>
    internal static EncryptionReceipt ReadClaim(ref WireReader reader) => new(
        reader.ReadString(MaxSchemeNameBytes),
        (SecurityLevel)reader.ReadUInt16(),
        reader.ReadDigest(),
        reader.ReadKeyId(),
        reader.ReadDigest(),
        reader.ReadDigest(),
        (Weighting)reader.ReadByte(),
        reader.ReadInt32(0, int.MaxValue),
        reader.ReadInt32(0, int.MaxValue),
        reader.ReadInt32(0, int.MaxValue),
        reader.ReadInt64(0, long.MaxValue));
}
