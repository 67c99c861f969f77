using FedHe.Crypto.Identities;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Server;

/// <summary>
/// Receipts in a saved state. All but two fields follow from the job and its parameters.
/// </summary>
internal static class ReceiptFormat
{
    public static void Write(WireWriter writer, EncryptionReceipt receipt)
    {
        writer.WriteInt32(receipt.CiphertextCount);
        writer.WriteInt64(receipt.EncryptedLength);
    }

    public static EncryptionReceipt Read(ref WireReader reader, FederationJob job, HeParameters parameters)
    {
        int ciphertextCount = reader.ReadInt32(0, int.MaxValue);
        long encryptedLength = reader.ReadInt64(0, long.MaxValue);
        bool encrypts = job.Terms.VectorLength > 0;
        return new EncryptionReceipt(
            encrypts ? parameters.SchemeName : "none",
            encrypts ? parameters.SecurityLevel : SecurityLevel.None,
            encrypts ? parameters.Id : Digest.None,
            encrypts ? job.Authority.KeyId : default,
            job.Terms.Layout.Digest,
            job.Terms.Mask.Digest,
            job.Terms.Weighting,
            job.Terms.Mask.EncryptedCount,
            job.Terms.Mask.ClearCount,
            ciphertextCount,
            encryptedLength);
    }
}
