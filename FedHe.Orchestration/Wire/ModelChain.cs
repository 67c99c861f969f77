using System.Security.Cryptography;
using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Wire;

/// <summary>
/// The model chain gives every model one digest that fixes the whole history of sums behind it: D_0 = H(job) and
/// D_r = H(D_(r-1), list of round r). Clients with the same digest have the same model.
/// </summary>
internal static class ModelChain
{
    /// <summary>Computes D_0; the job's digest covers the initial model.</summary>
    public static Digest Start(Digest jobDigest) => Next(default, Bytes(jobDigest));

    /// <summary>Computes the digest after a list.</summary>
    public static Digest Next(Digest previous, ReadOnlySpan<byte> list)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("FedHe model chain v1"u8);
        hash.AppendData(Bytes(previous));
        hash.AppendData(list);
        return new Digest(hash.GetHashAndReset());
    }

    private static byte[] Bytes(Digest digest)
    {
        var bytes = new byte[Digest.SizeInBytes];
        digest.CopyTo(bytes);
        return bytes;
    }
}
